/**
 * What is known of servers and probes by their own metrics, wherever those are read: asked of each
 * (scraper.ts) or of a Prometheus that asks them (prometheus-reader.ts). Keeps the evidence among
 * the figures, and says what becomes a line of the ledger: a change between up and down at once,
 * figures once per interval of record. That a target cannot be read through somebody else is no
 * evidence that it is down, so it is shown and not recorded.
 */
import { formatInstant } from '#base/clock.ts';
import type { LedgerBody } from '#sla/ledger/ledger-line.ts';

/** Evidence once a minute, not each scrape: the ledger is kept for years. */
const RECORD_INTERVAL_MS = 60_000;
/** A target that nobody knows any more is shown for so long. */
const LOST_SHOWN_MS = 3_600_000;
const VALUES_MAX = 200;
export const TARGETS_MAX = 200;

/**
 * Samples that go into the ledger, by the start of their name, the most telling first: of more
 * than a line holds the last ones are left out. Buckets are too many.
 */
export const EVIDENCE_METRICS = [
  'holdfast_dns_responses_total',
  'holdfast_update_seconds_count',
  'holdfast_update_seconds_sum',
  'holdfast_backup_last_success_timestamp_seconds',
  'sla_probe_up',
  'sla_probe_clock_offset_seconds',
  'sla_probe_batches_waiting',
  'sla_tests_total',
  'holdfast_dns_dropped_total',
  'holdfast_zone_serial',
] as const;

export interface ScrapedTarget {
  /** URL of its metrics; what Prometheus calls its instance, where that was asked. */
  url: string;
  up: boolean;
  /** When it was last asked, Unix milliseconds; `undefined` before the first time. */
  atMs: number | undefined;
  /** Why it is not up. */
  reason: string | undefined;
  values: Record<string, number>;
}

/** One scrape of one target. */
export interface TargetReading {
  url: string;
  atMs: number;
  up: boolean;
  reason: string | undefined;
  /** `name{label="value"}` to value: the evidence among what it gave, or all of it. */
  values: ReadonlyMap<string, number>;
}

/** Where metrics are read. */
export interface MetricSource {
  targets(): readonly Readonly<ScrapedTarget>[];
  /** Reads what is new; gives the entries for the ledger. Never rejects. */
  scrape(signal: AbortSignal): Promise<LedgerBody[]>;
}

export class ScrapedTargets {
  readonly #targets = new Map<string, ScrapedTarget>();
  readonly #recordedMs = new Map<string, number>();
  readonly #onReading: (reading: TargetReading) => void;

  /** @param onReading told of each reading, also of those that no line is written of */
  constructor(onReading: (reading: TargetReading) => void) {
    this.#onReading = onReading;
  }

  all(): readonly Readonly<ScrapedTarget>[] {
    return [...this.#targets.values()];
  }

  find(url: string): Readonly<ScrapedTarget> | undefined {
    return this.#targets.get(url);
  }

  /** Before it was asked: it is shown from the start. */
  expect(url: string): void {
    const reason = 'not asked yet';
    this.#targets.set(url, { url, up: false, atMs: undefined, reason, values: {} });
  }

  /** Of one target in the order of their times. */
  take(reading: TargetReading): LedgerBody[] {
    const { url, atMs, up, reason } = reading;
    const before = this.#targets.get(url);
    if (before === undefined && this.#targets.size >= TARGETS_MAX) return [];
    const values = evidenceOf(reading.values);
    this.#targets.set(url, { url, up, atMs, reason, values });
    this.#onReading(reading);
    const recordedMs = this.#recordedMs.get(url);
    const isDue = recordedMs === undefined || atMs - recordedMs >= RECORD_INTERVAL_MS;
    if (!isDue && before?.up === up) return [];
    this.#recordedMs.set(url, atMs);
    return [{ kind: 'scrape', at: formatInstant(atMs), target: url, up, values }];
  }

  /** It cannot be read, for a reason that is not its own. */
  lose(url: string, reason: string, nowMs: number): void {
    const target = this.#targets.get(url);
    if (target === undefined) return;
    if (nowMs - (target.atMs ?? nowMs) > LOST_SHOWN_MS) {
      this.#targets.delete(url);
      this.#recordedMs.delete(url);
      return;
    }
    this.#targets.set(url, { ...target, up: false, reason, values: {} });
  }
}

function evidenceOf(values: ReadonlyMap<string, number>): Record<string, number> {
  const names = [...values.keys()];
  const chosen = EVIDENCE_METRICS.flatMap((start) =>
    names.filter((name) => name === start || name.startsWith(`${start}{`)),
  );
  return Object.fromEntries(
    chosen.slice(0, VALUES_MAX).map((name) => [name, values.get(name) ?? 0]),
  );
}
