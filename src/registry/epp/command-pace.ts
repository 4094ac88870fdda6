/**
 * How fast one session may send commands: a bucket that fills at the session's pace. Who empties it
 * is not refused but read from more slowly; who goes on all the same for long is.
 */
import type { EppLimits } from './epp-limits.ts';

export type PaceLimits = Pick<EppLimits, 'burstMax' | 'commandsPerSecond' | 'overloadMs'>;

export class CommandPace {
  readonly #limits: PaceLimits;
  #tokens: number;
  #filledAtMs: number;
  /** Since when commands have had to wait; 0: they do not. */
  #slowedSinceMs = 0;

  constructor(limits: PaceLimits, nowMs: number) {
    this.#limits = limits;
    this.#tokens = limits.burstMax;
    this.#filledAtMs = nowMs;
  }

  /** Counts a command. @returns milliseconds that it has to wait */
  take(nowMs: number): number {
    const { burstMax, commandsPerSecond } = this.#limits;
    const gained = ((nowMs - this.#filledAtMs) * commandsPerSecond) / 1000;
    this.#tokens = Math.min(burstMax, this.#tokens + gained) - 1;
    this.#filledAtMs = nowMs;
    if (this.#tokens >= 0) {
      if (this.#tokens >= burstMax / 2) this.#slowedSinceMs = 0;
      return 0;
    }
    if (this.#slowedSinceMs === 0) this.#slowedSinceMs = nowMs;
    return Math.ceil((-this.#tokens * 1000) / commandsPerSecond);
  }

  /** It has been too fast for so long that its commands are not done any more. */
  isOverloaded(nowMs: number): boolean {
    return this.#slowedSinceMs !== 0 && nowMs - this.#slowedSinceMs > this.#limits.overloadMs;
  }
}
