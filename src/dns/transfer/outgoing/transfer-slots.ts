/**
 * How many transfers are sent at a time: in all, and to one client, so that one secondary that
 * reads slowly does not take the place of the others. One too many waits its turn for a while, in
 * the order of coming; when too many wait, or it takes too long, the client is told to come again.
 */
import { assert } from '#base/assert.ts';

export interface TransferSlotLimits {
  /** Transfers at a time. */
  concurrentMax: number;
  /** Of one client address. */
  concurrentPerClientMax: number;
}

/** Transfers that wait for their turn. */
export const WAITING_MAX = 64;
/** How long one waits. */
export const WAIT_MS_MAX = 10_000;

interface Waiting {
  client: string;
  /** Given the turn, or false when it took too long. */
  decide: (isGranted: boolean) => void;
}

export class TransferSlots {
  #limits: TransferSlotLimits;
  readonly #waitMsMax: number;
  /** Transfers under way, by client address. */
  readonly #clients = new Map<string, number>();
  #taken = 0;
  #waiting: Waiting[] = [];

  constructor(limits: TransferSlotLimits, waitMsMax: number = WAIT_MS_MAX) {
    this.#limits = limits;
    this.#waitMsMax = waitMsMax;
  }

  /** Other limits, for those who come from now on. */
  configure(limits: TransferSlotLimits): void {
    this.#limits = limits;
  }

  /** Transfers under way. */
  get taken(): number {
    return this.#taken;
  }

  /** True once it is the client's turn, to be ended with `leave`; false: it shall come again. */
  async enter(client: string): Promise<boolean> {
    if (this.#hasRoom(client)) {
      this.#take(client);
      return true;
    }
    if (this.#waiting.length >= WAITING_MAX) return false;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const waiting: Waiting = { client, decide: resolve };
    this.#waiting.push(waiting);
    const timer = setTimeout(() => {
      this.#waiting = this.#waiting.filter((other) => other !== waiting);
      resolve(false);
    }, this.#waitMsMax).unref();
    const isGranted = await promise;
    clearTimeout(timer);
    return isGranted;
  }

  leave(client: string): void {
    const count = this.#clients.get(client) ?? 0;
    assert(count > 0, 'a transfer leaves that has entered');
    if (count === 1) this.#clients.delete(client);
    else this.#clients.set(client, count - 1);
    this.#taken -= 1;
    const next = this.#waiting.find((waiting) => this.#hasRoom(waiting.client));
    if (next === undefined) return;
    this.#waiting = this.#waiting.filter((waiting) => waiting !== next);
    // Taken here and now: whoever comes before it runs again must not find the place free.
    this.#take(next.client);
    next.decide(true);
  }

  #hasRoom(client: string): boolean {
    const { concurrentMax, concurrentPerClientMax } = this.#limits;
    return this.#taken < concurrentMax && (this.#clients.get(client) ?? 0) < concurrentPerClientMax;
  }

  #take(client: string): void {
    this.#taken += 1;
    this.#clients.set(client, (this.#clients.get(client) ?? 0) + 1);
  }
}
