/**
 * Notices when this process's event loop stood still: a reply that waited in the kernel meanwhile
 * would be timed too long, and that is the probe's fault, not the server's. A timer ticks while
 * somebody measures; a tick that comes late tells how long nothing ran.
 */
import type { Clock } from '#base/clock.ts';

const TICK_US = 5_000;
const QUIET_POLL_MS = 25;

export class StallWatch {
  readonly #clock: Clock;
  readonly #limitUs: number;
  #users = 0;
  #timer: NodeJS.Timeout | undefined;
  #tickUs = 0;
  /** When the last stall was over, on the monotonic clock. */
  #stallEndUs = Number.NEGATIVE_INFINITY;
  /** All stalls so far, together. */
  #stalledUs = 0;

  /** A loop that stands still for more than `limitMs` has stalled. */
  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock;
    this.#limitUs = limitMs * 1000;
  }

  /**
   * Watches from now until the returned function is called, which says for how many microseconds
   * the loop was stalled meanwhile; 0 if it was not.
   */
  begin(): () => number {
    const startUs = this.#clock.monotonicUs();
    this.#users += 1;
    if (this.#timer === undefined) {
      this.#tickUs = startUs;
      this.#timer = setInterval(() => this.#tick(), TICK_US / 1000);
    } else {
      this.#tick();
    }
    const stalledBeforeUs = this.#stalledUs;
    return () => {
      // Before the timer could say so, a stall shows as a tick that is overdue.
      this.#tick();
      this.#users -= 1;
      if (this.#users === 0) {
        clearInterval(this.#timer);
        this.#timer = undefined;
      }
      return this.#stalledUs - stalledBeforeUs;
    };
  }

  /** Waits until the loop ran freely for `quietMs`, but no longer than `waitMaxMs`. */
  async waitQuiet(quietMs: number, waitMaxMs: number): Promise<void> {
    const end = this.begin();
    const startUs = this.#clock.monotonicUs();
    for (;;) {
      await new Promise((resolve) => void setTimeout(resolve, QUIET_POLL_MS));
      const nowUs = this.#clock.monotonicUs();
      const quietSinceUs = Math.max(startUs, this.#stallEndUs);
      if (nowUs - quietSinceUs >= quietMs * 1000 || nowUs - startUs >= waitMaxMs * 1000) break;
    }
    end();
  }

  #tick(): void {
    const nowUs = this.#clock.monotonicUs();
    const lateUs = nowUs - this.#tickUs - TICK_US;
    if (lateUs > this.#limitUs) {
      this.#stallEndUs = nowUs;
      this.#stalledUs += lateUs;
    }
    this.#tickUs = nowUs;
  }
}
