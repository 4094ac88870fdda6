/** A wall clock that a test moves, with the real stopwatch. */
import { type Clock, makeClockCell, openClock, setClockCell } from '#base/clock.ts';

export interface MovedClock {
  clock: Clock;
  /** Unix milliseconds. */
  moveTo: (ms: number) => void;
}

export function movedClock(startMs: number): MovedClock {
  const cell = makeClockCell(startMs);
  const wall = openClock({ kind: 'cell', cell });
  const real = openClock({ kind: 'system' });
  return {
    clock: { nowMs: () => wall.nowMs(), monotonicUs: () => real.monotonicUs() },
    moveTo: (ms) => setClockCell(cell, ms),
  };
}
