/**
 * The updates of the last seconds or minutes and how they ended, so that the same one is not done
 * twice. Two kinds of repetition come:
 *
 *   - A client that hears nothing over UDP sends the same octets again (RFC 2136 section 4.7). An
 *     update that demands that a name is not in use would be refused although it was made.
 *   - Somebody sends again what he has overheard. Its signature is good until its time has passed
 *     (RFC 8945 section 10), and would bring back what was deleted since.
 *
 * Both get the answer of the first, while that is being worked on too. Only updates that were
 * allowed come here, so that strangers cannot push them out.
 */
import type { Clock } from '#base/clock.ts';

export interface RecentLimits {
  /** Updates remembered; the oldest go first. */
  countMax: number;
  /** How long one is remembered. */
  ageMaxMs: number;
}

/** Signed ones: as long as a time signed with the usual fudge of 300 s, either way, is good. */
export const RECENT_SIGNED: RecentLimits = { countMax: 65_536, ageMaxMs: 600_000 };
/** Unsigned datagrams: nsupdate and knsupdate give up after some 15 seconds. */
export const RECENT_UNSIGNED: RecentLimits = { countMax: 4096, ageMaxMs: 20_000 };

export class RecentUpdates<Outcome> {
  readonly #clock: Clock;
  readonly #limits: RecentLimits;
  /** Oldest first. */
  readonly #updates = new Map<string, { atMs: number; outcome: Promise<Outcome> }>();

  constructor(clock: Clock, limits: RecentLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get size(): number {
    return this.#updates.size;
  }

  /** How the same update ended or will end; `undefined`: it was not seen lately. */
  find(id: string): Promise<Outcome> | undefined {
    this.#forgetOld();
    return this.#updates.get(id)?.outcome;
  }

  remember(id: string, outcome: Promise<Outcome>): void {
    this.#updates.delete(id);
    this.#updates.set(id, { atMs: this.#nowMs(), outcome });
    this.#forgetOld();
  }

  /** It was not done, and may be tried again. */
  forget(id: string): void {
    this.#updates.delete(id);
  }

  #forgetOld(): void {
    const { countMax, ageMaxMs } = this.#limits;
    const oldestMs = this.#nowMs() - ageMaxMs;
    for (const [id, { atMs }] of this.#updates) {
      if (atMs >= oldestMs && this.#updates.size <= countMax) return;
      this.#updates.delete(id);
    }
  }

  /** Of the clock that never steps back. */
  #nowMs(): number {
    return this.#clock.monotonicUs() / 1000;
  }
}
