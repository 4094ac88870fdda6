/**
 * The figures of backups for Prometheus (docs/reference/metrics.md), each by location and there
 * from the start, and the alarm that two locations should always hold a recent good copy.
 */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Clock } from '#base/clock.ts';
import type { CopyOutcome } from '#store/backup/backup-runner.ts';

/** A location without a good copy from within this time does not count as good. */
export const GOOD_COPY_AGE_MS = 8 * 3_600_000;
/** So many good locations there should be, as far as so many are configured. */
export const GOOD_LOCATIONS_MIN = 2;

export interface BackupMetricsOptions {
  registry: Registry;
  locations: readonly string[];
  clock: Clock;
}

export class BackupMetrics {
  readonly #options: BackupMetricsOptions;
  /** Unix milliseconds of the newest good copy, by location. */
  readonly #goodMs = new Map<string, number>();
  readonly #lastSuccess: Gauge<'location'>;
  readonly #size: Gauge<'location'>;
  readonly #duration: Gauge<'location'>;
  readonly #failures: Counter<'location'>;
  readonly #drillSuccess: Gauge<'location'>;
  readonly #drillFailures: Counter<'location'>;
  readonly #leftOut: Gauge;

  constructor(options: BackupMetricsOptions) {
    this.#options = options;
    const { locations } = options;
    this.#lastSuccess = this.#gauge(
      'holdfast_backup_last_success_timestamp_seconds',
      'When a location last got a backup that was read back and verified; 0 for never.',
    );
    this.#size = this.#gauge(
      'holdfast_backup_size_bytes',
      'Octets of the last good backup of a location, full or incremental.',
    );
    this.#duration = this.#gauge(
      'holdfast_backup_duration_seconds',
      'How long a location took for its last backup, good or not, verifying included.',
    );
    this.#failures = this.#counter(
      'holdfast_backup_failures_total',
      'Backups that a location did not take, attempts that repeat one included.',
    );
    this.#drillSuccess = this.#gauge(
      'holdfast_backup_drill_last_success_timestamp_seconds',
      'When the newest backup of a location was last restored on trial; 0 for never.',
    );
    this.#drillFailures = this.#counter(
      'holdfast_backup_drill_failures_total',
      'Restores on trial that failed.',
    );
    this.#leftOut = new Gauge({
      name: 'holdfast_backup_files_left_out',
      help: 'Files that should be in the last backup and could not be read.',
      registers: locations.length > 0 ? [options.registry] : [],
    });
    for (const location of locations) {
      for (const gauge of [this.#lastSuccess, this.#size, this.#duration, this.#drillSuccess]) {
        gauge.set({ location }, 0);
      }
      this.#failures.inc({ location }, 0);
      this.#drillFailures.inc({ location }, 0);
    }
    if (locations.length > 0) {
      options.registry.registerMetric(goodLocationsGauge(() => this.goodLocations().length));
    }
  }

  /** A copy was made or failed. */
  copied({ at, outcome, leftOut }: CopyOutcome): void {
    this.#leftOut.set(leftOut.length);
    const { location, verified, durationMs } = outcome;
    this.#duration.set({ location }, durationMs / 1000);
    if (!verified) return this.#failures.inc({ location });
    this.#size.set({ location }, outcome.size);
    this.#setGood(location, Date.parse(at));
  }

  /** A good copy of an earlier life of the process is there; one of this life says more. */
  found(location: string, atMs: number): void {
    if (!this.#goodMs.has(location)) this.#setGood(location, atMs);
  }

  drilled(location: string, succeeded: boolean, atMs: number): void {
    if (succeeded) this.#drillSuccess.set({ location }, atMs / 1000);
    else this.#drillFailures.inc({ location });
  }

  /**
   * Locations whose newest good copy is recent. One that is from far ahead, because the clock was
   * wrong or because somebody made it up, must not keep the alarm quiet until then.
   */
  goodLocations(): string[] {
    const { clock, locations } = this.#options;
    const nowMs = clock.nowMs();
    return locations.filter(
      (name) => Math.abs((this.#goodMs.get(name) ?? 0) - nowMs) <= GOOD_COPY_AGE_MS,
    );
  }

  #setGood(location: string, atMs: number): void {
    this.#goodMs.set(location, atMs);
    this.#lastSuccess.set({ location }, atMs / 1000);
  }

  #gauge(name: string, help: string): Gauge<'location'> {
    return new Gauge({
      name,
      help,
      labelNames: ['location'],
      registers: [this.#options.registry],
    });
  }

  #counter(name: string, help: string): Counter<'location'> {
    return new Counter({
      name,
      help,
      labelNames: ['location'],
      registers: [this.#options.registry],
    });
  }
}

/** Read off at each scrape. */
function goodLocationsGauge(count: () => number): Gauge {
  return new Gauge({
    name: 'holdfast_backup_good_locations',
    help: 'Locations that hold a good backup not older than 8 hours.',
    registers: [],
    collect() {
      this.set(count());
    },
  });
}
