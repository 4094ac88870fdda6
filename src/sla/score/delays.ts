/**
 * How long things took that a contract gives a time for, one rule's worth, in bounded memory. A
 * server tells of thousands of changes a second and each has its line in the ledger; here the
 * newest are kept one by one, so that a repeated line counts once, and older ones are folded into
 * counts per minute:
 *
 *   add -> newer, by key -> older, when newer has KEPT_MAX -> day and minute known -> counts
 *
 * Whole generations move on: taking the oldest from a Map one by one takes longer with each. A
 * line that repeats a folded one counts again; the collector does not enter such lines.
 */
import { monthOf } from '#base/month.ts';
import type { Span } from './spans.ts';

/** One delay per thing measured: its key, when it began, and how long it took. */
export interface Delay {
  key: string;
  startMs: number;
  /** `Infinity`: never seen. */
  tookMs: number;
}

interface DelayCount {
  total: number;
  within: number;
}

/** As many as the collector knows again. */
const KEPT_MAX = 200_000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export class Delays {
  readonly #limitMs: number;
  readonly #keptMax: number;
  #newer = new Map<string, Delay>();
  #older = new Map<string, Delay>();
  /** By the UTC day on which they began, then by the minute at which they were known; Unix ms. */
  readonly #folded = new Map<number, Map<number, DelayCount>>();

  constructor(limitMs: number, keptMax = KEPT_MAX) {
    this.#limitMs = limitMs;
    this.#keptMax = keptMax;
  }

  /** A repeated key counts as the less favourable, so that repeating cannot better a score. */
  add(delay: Delay): void {
    const kept = this.#older.has(delay.key) ? this.#older : this.#newer;
    const present = kept.get(delay.key);
    if (present === undefined || present.tookMs < delay.tookMs) kept.set(delay.key, delay);
    if (this.#newer.size <= this.#keptMax) return;
    for (const old of this.#older.values()) this.#fold(old);
    this.#older = this.#newer;
    this.#newer = new Map();
  }

  /**
   * Of what began in a span of whole UTC days and was known by `untilMs` (of what was folded, to
   * the minute).
   */
  count(days: Span, untilMs: number): DelayCount {
    const sum: DelayCount = { total: 0, within: 0 };
    for (const [dayMs, minutes] of this.#folded) {
      if (dayMs < days.fromMs || dayMs >= days.toMs) continue;
      for (const [minuteMs, { total, within }] of minutes) {
        if (minuteMs > untilMs) continue;
        sum.total += total;
        sum.within += within;
      }
    }
    for (const kept of [this.#older, this.#newer]) {
      for (const delay of kept.values()) {
        if (delay.startMs < days.fromMs || delay.startMs >= days.toMs) continue;
        if (this.#knownMs(delay) > untilMs) continue;
        sum.total += 1;
        if (delay.tookMs <= this.#limitMs) sum.within += 1;
      }
    }
    return sum;
  }

  /** Drops what began before the month of `ms`. */
  forgetBefore(ms: number): void {
    const month = monthOf(ms);
    for (const day of this.#folded.keys()) if (day < month.startMs) this.#folded.delete(day);
    for (const kept of [this.#older, this.#newer]) {
      for (const [key, { startMs }] of kept) if (startMs < month.startMs) kept.delete(key);
    }
  }

  /** In time: when it was seen. Late: when the time was up. */
  #knownMs({ startMs, tookMs }: Delay): number {
    return Math.max(startMs, startMs + Math.min(tookMs, this.#limitMs));
  }

  #fold(delay: Delay): void {
    const dayMs = Math.floor(delay.startMs / DAY_MS) * DAY_MS;
    const minutes = this.#folded.get(dayMs) ?? new Map<number, DelayCount>();
    this.#folded.set(dayMs, minutes);
    const minuteMs = Math.ceil(this.#knownMs(delay) / MINUTE_MS) * MINUTE_MS;
    const counts = minutes.get(minuteMs) ?? { total: 0, within: 0 };
    counts.total += 1;
    if (delay.tookMs <= this.#limitMs) counts.within += 1;
    minutes.set(minuteMs, counts);
  }
}
