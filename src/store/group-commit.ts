/**
 * Group commit: while one synced batch is on its way to disk, the writes that arrive wait and then
 * go together as the next one. A sync costs about the same for one write as for a hundred, so
 * throughput grows with the number of callers and nobody waits for more than two syncs.
 *
 *     submit -> waiting (bounded) -> one batch -> commit -> every caller of that batch resolves
 *
 * A failed commit stops the line for good (fail-stop). After a failed write or fsync nobody knows
 * what the disk holds: the kernel may have dropped the dirty pages and a second fsync would lie,
 * and LevelDB would append behind a torn record that recovery drops together with what follows.
 * So the callers in that batch hear `STORE_WRITE_FAILED` (outcome unknown), and everybody after
 * them `STORE_FAILED` (nothing written), until the store was opened again (`resume`).
 */
import { errorMessage } from '#base/coded-error.ts';
import type { Write } from './key-value-store.ts';
import { StoreError } from './store-error.ts';

export interface GroupCommitLimits {
  /** Octets of keys and values in one batch; a single larger write goes alone. */
  readonly batchOctetsMax: number;
  /** Calls that may wait; more are refused with `STORE_BUSY`. */
  readonly waitingCallsMax: number;
  /** Octets that may wait; a call that finds nobody waiting is never refused. */
  readonly waitingOctetsMax: number;
}

export const GROUP_COMMIT_LIMITS: GroupCommitLimits = {
  batchOctetsMax: 4 << 20,
  waitingCallsMax: 10_000,
  waitingOctetsMax: 64 << 20,
};

interface Ticket {
  readonly writes: readonly Write[];
  /** Says what to write when it is its turn, instead of `writes`. */
  readonly decide?: () => Promise<readonly Write[]>;
  readonly octets: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class GroupCommit {
  readonly #commit: (writes: readonly Write[]) => Promise<void>;
  readonly #limits: GroupCommitLimits;
  #waiting: Ticket[] = [];
  #waitingOctets = 0;
  #running: Promise<void> | undefined;
  #failure: StoreError | undefined;

  /** `commit` makes a list of writes durable, all or nothing; it is never called twice at once. */
  constructor(
    commit: (writes: readonly Write[]) => Promise<void>,
    limits: GroupCommitLimits = GROUP_COMMIT_LIMITS,
  ) {
    this.#commit = commit;
    this.#limits = limits;
  }

  /** Resolves when the writes are durable; see KeyValueStore.write for the errors. */
  submit(writes: readonly Write[]): Promise<void> {
    return this.#wait(writes);
  }

  /** As `submit`, alone, of what `decide` gives when nothing else is under way. */
  submitDecided(decide: () => Promise<readonly Write[]>): Promise<void> {
    return this.#wait([], decide);
  }

  #wait(writes: readonly Write[], decide?: Ticket['decide']): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#refusal(this.#failure));
    const octets = sizeWrites(writes);
    if (this.#isFull(octets)) {
      return Promise.reject(
        new StoreError(
          'STORE_BUSY',
          `${this.#waiting.length} writes already wait for the disk: nothing written, try again`,
        ),
      );
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ writes, octets, resolve, reject, ...(decide && { decide }) });
    this.#waitingOctets += octets;
    this.#running ??= this.#drain();
    return promise;
  }

  /** Stops the line as a failed commit does; returns what to throw to who noticed. */
  fail(cause: unknown): StoreError {
    const failure = new StoreError(
      'STORE_WRITE_FAILED',
      `the disk refused a write (${errorMessage(cause)}): whether it happened is known only ` +
        'when the store was opened again; free space or replace the disk',
      { cause },
    );
    this.#failure ??= failure;
    const refused = this.#waiting;
    this.#waiting = [];
    this.#waitingOctets = 0;
    for (const ticket of refused) ticket.reject(this.#refusal(failure));
    return failure;
  }

  /** Lets writes in again: what is on the disk is known. */
  resume(): void {
    this.#failure = undefined;
  }

  /** Why writes are refused, or `undefined` while all is well. */
  get failure(): StoreError | undefined {
    return this.#failure;
  }

  /** Resolves when nothing is under way and nobody waits. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #drain(): Promise<void> {
    // One turn of the event loop's microtasks, so that calls made together go together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#takeGroup();
      const writes = await decidedWrites(group);
      if (writes === undefined) continue;
      try {
        await this.#commit(writes);
        for (const ticket of group) ticket.resolve();
      } catch (error) {
        const failure = this.fail(error);
        for (const ticket of group) ticket.reject(failure);
      }
    }
    this.#running = undefined;
  }

  #takeGroup(): Ticket[] {
    let octets = 0;
    let count = 0;
    for (const ticket of this.#waiting) {
      octets += ticket.octets;
      const isApart = ticket.decide !== undefined || octets > this.#limits.batchOctetsMax;
      if (count > 0 && isApart) break;
      count += 1;
      if (ticket.decide !== undefined) break;
    }
    const group = this.#waiting.splice(0, count);
    for (const ticket of group) this.#waitingOctets -= ticket.octets;
    return group;
  }

  #isFull(octets: number): boolean {
    if (this.#waiting.length === 0) return false;
    return (
      this.#waiting.length >= this.#limits.waitingCallsMax ||
      this.#waitingOctets + octets > this.#limits.waitingOctetsMax
    );
  }

  #refusal(failure: StoreError): StoreError {
    return new StoreError(
      'STORE_FAILED',
      `nothing written: the store is read-only since a write failed ` +
        `(${errorMessage(failure.cause)}); free space or replace the disk`,
      { cause: failure },
    );
  }
}

/** What a group writes; `undefined`: who was to decide could not, and is told so. */
async function decidedWrites(group: readonly Ticket[]): Promise<readonly Write[] | undefined> {
  const [{ decide, reject }] = group;
  if (decide === undefined) return group.flatMap((ticket) => ticket.writes);
  try {
    return await decide();
  } catch (error) {
    reject(error);
    return undefined;
  }
}

function sizeWrites(writes: readonly Write[]): number {
  let octets = 0;
  for (const write of writes) {
    octets += write.key.length + ('value' in write ? write.value.length : 0);
  }
  return octets;
}
