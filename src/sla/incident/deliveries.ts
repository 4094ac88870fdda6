/**
 * Brings messages from the outbox to their contacts. Each contact is a lane of its own: its
 * messages go in order, so nobody reads that something is over before that it began, and a contact
 * that cannot be reached holds up no other.
 *
 *   waiting --tried--> delivered
 *              |
 *              +--failed--> waiting; the lane rests 10 s, 20 s, ... at most 15 min, varied a little
 *              +--dead: a day old, or refused for what it says five times
 *
 * Dead letters stay in the outbox to be shown, and are said as errors in the log.
 */
import type { Clock } from '#base/clock.ts';
import { errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import type { Random } from '#base/random.ts';
import { DeliveryError } from './incident-error.ts';
import type { Message } from './notice.ts';
import type { Outbox, OutboxEntry, Outcome } from './outbox.ts';

export const RETRY_MIN_MS = 10_000;
export const RETRY_MAX_MS = 900_000;
/** A message that is older is given up after its next failure. */
export const MESSAGE_AGE_MAX_MS = 86_400_000;
/** A message that the other end will not have for what it says is tried so often. */
export const REFUSED_ATTEMPTS_MAX = 5;
/** One try. */
export const SEND_TIMEOUT_MS = 30_000;
/** A lane that rests is varied by at most this share, so that lanes do not move in step. */
const JITTER_PERCENT = 20;
const DETAIL_SIZE_MAX = 500;

/**
 * Delivers one message; gives what is to be noted of it, mostly nothing. Raises DeliveryError.
 * `attempt` counts from 1.
 */
export type Channel = (message: Message, attempt: number, signal: AbortSignal) => Promise<string>;

export interface DeliveriesParts {
  outbox: Outbox;
  /** By name of the contact. */
  channels: ReadonlyMap<string, Channel>;
  onOutcome: (contact: string, outcome: Outcome) => void;
  clock: Clock;
  random: Random;
  log: Log;
}

interface Lane {
  /** Not before this, Unix milliseconds. */
  nextMs: number;
  failures: number;
  running: Promise<void> | undefined;
}

export class Deliveries {
  readonly #parts: DeliveriesParts;
  readonly #lanes = new Map<string, Lane>();
  readonly #stop = new AbortController();

  constructor(parts: DeliveriesParts) {
    this.#parts = parts;
  }

  /** Starts every lane that has something to deliver and does not rest; waits for none. */
  step(): void {
    if (this.#stop.signal.aborted) return;
    const nowMs = this.#parts.clock.nowMs();
    const contacts = new Set(this.#parts.outbox.waiting().map(({ message }) => message.contact));
    for (const contact of contacts) {
      const lane = this.#lanes.get(contact) ?? { nextMs: 0, failures: 0, running: undefined };
      this.#lanes.set(contact, lane);
      if (lane.running !== undefined || lane.nextMs > nowMs) continue;
      lane.running = this.#run(contact, lane).finally(() => {
        lane.running = undefined;
      });
    }
  }

  /** Resolves when no lane is running; what failed meanwhile rests. */
  async idle(): Promise<void> {
    await Promise.all([...this.#lanes.values()].flatMap(({ running }) => running ?? []));
  }

  /** Cuts off what is under way: it stays in the outbox, and is tried at the next start. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.idle();
  }

  async #run(contact: string, lane: Lane): Promise<void> {
    for (;;) {
      const next = this.#parts.outbox.waiting().find(({ message }) => message.contact === contact);
      if (next === undefined) return;
      const outcome = await this.#try(next);
      if (outcome === undefined) return;
      if (outcome === 'delivered') lane.failures = 0;
      if (outcome !== 'failed') continue;
      lane.failures += 1;
      lane.nextMs = this.#parts.clock.nowMs() + this.#restMs(lane.failures);
      return;
    }
  }

  /** `undefined`: cut off by a stop. */
  async #try({ message, attempts }: OutboxEntry): Promise<Outcome | undefined> {
    const { outbox, channels, clock, log, onOutcome } = this.#parts;
    const channel = channels.get(message.contact);
    let outcome: Outcome = 'delivered';
    let detail = '';
    try {
      if (channel === undefined) throw new DeliveryError('sla.contacts has no such contact now');
      const timeout = AbortSignal.timeout(SEND_TIMEOUT_MS);
      const signal = AbortSignal.any([this.#stop.signal, timeout]);
      detail = await channel(message, attempts + 1, signal);
    } catch (error) {
      if (this.#stop.signal.aborted) return undefined;
      detail = errorMessage(error).slice(0, DETAIL_SIZE_MAX);
      const isRefused = error instanceof DeliveryError && error.isRefusal;
      const isLast = isRefused && attempts + 1 >= REFUSED_ATTEMPTS_MAX;
      const isOld = clock.nowMs() - Date.parse(message.at) > MESSAGE_AGE_MAX_MS;
      outcome = channel === undefined || isLast || isOld ? 'dead' : 'failed';
    }
    const { contact, id } = message;
    const said = { contact, message: id, attempt: attempts + 1 };
    if (outcome === 'dead') log.error({ ...said, reason: detail }, 'a message was given up');
    else if (outcome === 'failed') log.warn({ ...said, reason: detail }, 'a message waits');
    else if (detail !== '') log.warn({ ...said, reason: detail }, 'delivered, but not to all');
    else log.info(said, 'a message was delivered');
    onOutcome(contact, outcome);
    try {
      await outbox.attempted(id, outcome, detail, clock.nowMs());
    } catch (error) {
      log.error({ ...said, reason: errorMessage(error) }, 'what became of it was not written down');
    }
    return outcome;
  }

  #restMs(failures: number): number {
    const restMs = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** Math.min(failures - 1, 20));
    const jitter = this.#parts.random.below(JITTER_PERCENT + 1);
    return restMs + Math.floor((restMs * jitter) / 100);
  }
}
