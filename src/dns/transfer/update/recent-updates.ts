/**
 * The updates of the last seconds and how they ended. A client that hears nothing over UDP sends
 * the same octets again (RFC 2136 section 4.7); done twice, an update that demands that a name is
 * not in use would be refused although it was made. So a repetition gets the answer of the first,
 * while that is being worked on too.
 *
 * Only updates that were allowed come here, so that strangers cannot push them out.
 */
import type { Clock } from '#base/clock.ts';

/** Updates remembered; the oldest go first. */
export const RECENT_UPDATES_MAX = 4096;
/** How long one is remembered: nsupdate and knsupdate give up after some 15 seconds. */
export const RECENT_UPDATE_AGE_MAX_MS = 20_000;

export class RecentUpdates<Outcome> {
  readonly #clock: Clock;
  /** Oldest first. */
  readonly #updates = new Map<string, { atMs: number; outcome: Promise<Outcome> }>();

  constructor(clock: Clock) {
    this.#clock = clock;
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
    const oldestMs = this.#nowMs() - RECENT_UPDATE_AGE_MAX_MS;
    for (const [id, { atMs }] of this.#updates) {
      if (atMs >= oldestMs && this.#updates.size <= RECENT_UPDATES_MAX) return;
      this.#updates.delete(id);
    }
  }

  /** Of the clock that never steps back. */
  #nowMs(): number {
    return this.#clock.monotonicUs() / 1000;
  }
}
