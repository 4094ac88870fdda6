/**
 * How long things took that a contract gives a time for, one rule's worth, in bounded memory. A
 * server tells of thousands of changes a second and each has its line in the ledger; here the
 * newest are kept one by one, so that a repeated line counts once, and older ones are folded into
 * counts per minute:
 *
 *   add -> newer, by key -> older, when newer has KEPT_MAX -> month and minute known -> counts
 *
 * Whole generations move on: taking the oldest from a Map one by one takes longer with each. A
 * line that repeats a folded one counts again; the collector does not enter such lines.
 */
import { type Month, monthOf } from './month.ts';

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

export class Delays {
  readonly #limitMs: number;
  readonly #keptMax: number;
  #newer = new Map<string, Delay>();
  #older = new Map<string, Delay>();
  /** By month, then by the minute until which they were known, Unix milliseconds. */
  readonly #folded = new Map<string, Map<number, DelayCount>>();

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

  /** Of what began in the month and was known by `untilMs` (of what was folded, to the minute). */
  count(month: Month, untilMs: number): DelayCount {
    const sum: DelayCount = { total: 0, within: 0 };
    for (const [minuteMs, { total, within }] of this.#folded.get(month.name) ?? []) {
      if (minuteMs > untilMs) continue;
      sum.total += total;
      sum.within += within;
    }
    for (const kept of [this.#older, this.#newer]) {
      for (const delay of kept.values()) {
        if (delay.startMs < month.startMs || delay.startMs >= month.endMs) continue;
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
    for (const name of this.#folded.keys()) if (name < month.name) this.#folded.delete(name);
    for (const kept of [this.#older, this.#newer]) {
      for (const [key, { startMs }] of kept) if (startMs < month.startMs) kept.delete(key);
    }
  }

  /** In time: when it was seen. Late: when the time was up. */
  #knownMs({ startMs, tookMs }: Delay): number {
    return Math.max(startMs, startMs + Math.min(tookMs, this.#limitMs));
  }

  #fold(delay: Delay): void {
    const { name } = monthOf(delay.startMs);
    const minutes = this.#folded.get(name) ?? new Map<number, DelayCount>();
    this.#folded.set(name, minutes);
    const minuteMs = Math.ceil(this.#knownMs(delay) / MINUTE_MS) * MINUTE_MS;
    const counts = minutes.get(minuteMs) ?? { total: 0, within: 0 };
    counts.total += 1;
    if (delay.tookMs <= this.#limitMs) counts.within += 1;
    minutes.set(minuteMs, counts);
  }
}
