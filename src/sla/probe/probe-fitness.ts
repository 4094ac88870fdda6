/**
 * Whether a probe may judge anybody now. A clock that is far from the sidecar's puts results into
 * the wrong cycles; a process that hardly gets to run times its own slowness. An unfit probe says
 * so (`sla_probe_up` is 0, `/healthz` tells why) and its tests are internal, until it is fit again.
 */
import type { Clock } from '#base/clock.ts';
import type { InternalCode } from './probe-error.ts';

/** A clock that is further off than this makes a probe unfit. */
export const CLOCK_OFFSET_MAX_MS = 5_000;

/** A look at the loop is due this often. */
const LOOK_MS = 250;
/** Looks that count, the latest: one minute. */
const LOOKS_KEPT = 240;
/** Looks before which nothing is said. */
const LOOKS_MIN = 40;
/** In percent: with more late looks the loop lags too much to measure anything. */
const LATE_SHARE_MAX = 25;

export interface Unfit {
  code: InternalCode;
  /** For people. */
  reason: string;
}

export interface ProbeFitnessParts {
  /** How far this clock is ahead of the sidecar's; `undefined` while not known. */
  clockOffsetMs: () => number | undefined;
  /** A look that comes later than this is a late one. */
  lagLimitMs: number;
  clock: Clock;
}

export class ProbeFitness {
  readonly #parts: ProbeFitnessParts;
  #looks: boolean[] = [];
  #timer: NodeJS.Timeout | undefined;
  #lookedUs = 0;

  constructor(parts: ProbeFitnessParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#lookedUs = this.#parts.clock.monotonicUs();
    this.#timer = setInterval(() => this.look(), LOOK_MS);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Notes whether the loop came back in time; the timer calls it. */
  look(): void {
    const { clock, lagLimitMs } = this.#parts;
    const nowUs = clock.monotonicUs();
    this.#looks.push(nowUs - this.#lookedUs > (LOOK_MS + lagLimitMs) * 1000);
    this.#lookedUs = nowUs;
    if (this.#looks.length > LOOKS_KEPT) this.#looks.shift();
  }

  /** Why the probe may not judge now; `undefined` if it may. */
  unfit(): Unfit | undefined {
    const offsetMs = this.#parts.clockOffsetMs() ?? 0;
    if (Math.abs(offsetMs) > CLOCK_OFFSET_MAX_MS) {
      return { code: 'clock-off', reason: `clock is ${offsetMs} ms from the sidecar's` };
    }
    const late = this.#looks.filter(Boolean).length;
    const isLagging =
      this.#looks.length >= LOOKS_MIN && late * 100 > LATE_SHARE_MAX * this.#looks.length;
    if (!isLagging) return undefined;
    const reason = `the event loop was late at ${late} of ${this.#looks.length} looks`;
    return { code: 'loop-lagging', reason };
  }
}
