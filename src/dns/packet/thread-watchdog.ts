/**
 * Sees that a thread hangs. Each one counts the rounds of its loop in shared memory, at least one
 * every BEAT_INTERVAL_MS whether there are queries or not; the control thread looks at it
 * every WATCH_INTERVAL_MS. A thread whose count stands still for STILL_LOOKS_MAX looks hangs.
 *
 * Looks are counted and not seconds: when the whole process was stopped (a debugger, a suspended
 * machine), no look happened either, and healthy threads are not ended for it.
 */

/** Longest time between two beats of a healthy thread that has nothing else to do. */
export const BEAT_INTERVAL_MS = 100;
export const WATCH_INTERVAL_MS = 500;
const STILL_LOOKS_MAX = 6;

/** How long a thread hangs before it is replaced, at most. */
export const HANG_LIMIT_MS = (STILL_LOOKS_MAX + 1) * WATCH_INTERVAL_MS;

export class ThreadWatchdog {
  #beatsSeen = -1;
  #stillLooks = 0;

  /** One look; true if the thread hangs, said once. */
  look(beats: number): boolean {
    this.#stillLooks = beats === this.#beatsSeen ? this.#stillLooks + 1 : 0;
    this.#beatsSeen = beats;
    if (this.#stillLooks < STILL_LOOKS_MAX) return false;
    this.reset();
    return true;
  }

  /** A new thread has taken over. */
  reset(): void {
    this.#beatsSeen = -1;
    this.#stillLooks = 0;
  }
}
