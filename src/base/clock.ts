/**
 * Time, and the only place that reads it. A clock crosses to a worker thread as its configuration
 * (functions do not), and each thread opens its own: the system's, or a cell in shared memory that
 * a test moves.
 */

/** How to open a clock; can be posted to a worker thread. */
export type ClockConfig = { kind: 'system' } | { kind: 'cell'; cell: SharedArrayBuffer };

export interface Clock {
  /** Wall clock, milliseconds since 1970-01-01T00:00:00Z. May step. */
  nowMs(): number;
  /** Monotonic clock, microseconds from an arbitrary start. Never steps back. */
  monotonicUs(): number;
}

/** A clock cell is one BigInt64: wall-clock milliseconds that also drive the monotonic clock. */
export function makeClockCell(startMs: number): SharedArrayBuffer {
  const cell = new SharedArrayBuffer(8);
  setClockCell(cell, startMs);
  return cell;
}

/** Moves a cell clock to `nowMs`; every thread that opened the cell sees it. */
export function setClockCell(cell: SharedArrayBuffer, nowMs: number): void {
  Atomics.store(new BigInt64Array(cell), 0, BigInt(nowMs));
}

export function openClock(config: ClockConfig): Clock {
  if (config.kind === 'cell') {
    const view = new BigInt64Array(config.cell);
    return {
      nowMs: () => Number(Atomics.load(view, 0)),
      monotonicUs: () => Number(Atomics.load(view, 0)) * 1000,
    };
  }
  return {
    nowMs: () => Date.now(),
    monotonicUs: () => Math.trunc(performance.now() * 1000),
  };
}

/** `2026-11-22T01:02:03.004Z` for Unix milliseconds. */
export function formatInstant(ms: number): string {
  return new Date(ms).toISOString();
}
