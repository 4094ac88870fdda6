/** A wall clock that runs faster than the real one; the stopwatch stays real. */
import type { Clock } from '#base/clock.ts';

export interface FastTime {
  /** When both clocks were together, on each of them; Unix milliseconds. */
  realMs: number;
  virtualMs: number;
  /** Virtual milliseconds in a real one; whole. */
  speed: number;
}

export function fastClock(real: Clock, { realMs, virtualMs, speed }: FastTime): Clock {
  return {
    nowMs: () => virtualMs + (real.nowMs() - realMs) * speed,
    monotonicUs: () => real.monotonicUs(),
  };
}
