/**
 * What is remembered of primaries between attempts, so that one that is down does not hold up every
 * zone that names it: after a failure to reach it, it is left alone for a while that doubles. A
 * NOTIFY from it, or any answer, ends that.
 */
import type { Clock } from '#base/clock.ts';
import { formatPrimary, type Primary } from './primary.ts';
import { TransferError } from './transfer-error.ts';

const REST_MS_MIN = 1_000;
const REST_MS_MAX = 60_000;
/** More are not remembered: it costs time then, nothing else. */
const PRIMARIES_MAX = 10_000;

interface Rest {
  /** Of the clock that never steps back, so that one that is set makes no rest longer. */
  untilMs: number;
  restMs: number;
}

export class PrimaryMemory {
  readonly #clock: Clock;
  readonly #resting = new Map<string, Rest>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds until it is worth asking again; 0: now. */
  restMs(primary: Primary): number {
    const rest = this.#resting.get(formatPrimary(primary));
    return rest === undefined ? 0 : Math.max(0, rest.untilMs - this.#nowMs());
  }

  /** It could not be reached. */
  failed(primary: Primary): void {
    const key = formatPrimary(primary);
    const before = this.#resting.get(key);
    if (before === undefined && this.#resting.size >= PRIMARIES_MAX) return;
    const restMs = Math.min((before?.restMs ?? REST_MS_MIN / 2) * 2, REST_MS_MAX);
    this.#resting.set(key, { restMs, untilMs: this.#nowMs() + restMs });
  }

  /** It answered, or sent a NOTIFY. */
  answered(primary: Primary): void {
    this.#resting.delete(formatPrimary(primary));
  }

  #nowMs(): number {
    return this.#clock.monotonicUs() / 1000;
  }
}

/** What is said of a primary that is not asked. */
export function restingError(primary: Primary, restMs: number): TransferError {
  const left = `it is left alone for ${Math.ceil(restMs)} ms more`;
  const text = `${formatPrimary(primary)}: did not answer; ${left}`;
  return new TransferError('TRANSFER_UNREACHABLE', text);
}
