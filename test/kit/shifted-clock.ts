/** A wall clock that can be set, as by a person or NTP; the stopwatch stays real. */
import { type Clock, openClock } from '#base/clock.ts';

export class ShiftedClock implements Clock {
  /** From the real one. */
  shiftMs = 0;
  readonly #clock = openClock({ kind: 'system' });
  nowMs = (): number => this.#clock.nowMs() + this.shiftMs;
  monotonicUs = (): number => this.#clock.monotonicUs();
}
