/**
 * The scrubber of a running server: passes over the whole store, one an hour or as fast as the
 * configured rate lets them, what they find in the log, in figures and in the health. What it can
 * repair it does (zone-db.ts).
 */
import { Gauge, type Registry } from 'prom-client';
import type { Configuration } from '#app/config/configuration.ts';
import { type RepeatedWork, repeatEvery } from '#app/repeat-every.ts';
import type { ProcessParts } from '#app/running-process.ts';
import type { Clock } from '#base/clock.ts';
import { errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import type { ScrubFinding } from '#dns/zonedb/scrub-store.ts';
import type { ScrubbedStore, ZoneDb } from '#dns/zonedb/zone-db.ts';

/** From the beginning of one pass to that of the next, unless it takes longer. */
const PASS_INTERVAL_MS = 3_600_000;
/** Findings of a pass that the log names. */
const NAMED_MAX = 20;
/** What nothing but a restore ends. */
const UNREADABLE =
  'the store has a block that cannot be read, and will take no more changes when LevelDB meets ' +
  'it again: restore it soon, with "holdfast restore --from LOCATION --into FOLDER --mirror ' +
  'MIRROR" (docs/operations/damaged-store.md)';
const OCTETS_PER_MEGABYTE = 1_000_000;

export interface StoreScrubOptions {
  zones: Pick<ZoneDb, 'scrub' | 'find'>;
  registry: Registry;
  clock: Clock;
  log: Log;
  megabytesPerSecond: number;
}

/** Begins to scrub, unless the configuration says no. */
export function startScrub(
  { store: { scrub } }: Configuration,
  scrubbed: { zones: ZoneDb; registry: Registry },
  { clock, log }: ProcessParts,
  stack: AsyncDisposableStack,
): StoreScrub | undefined {
  if (scrub === 0) return undefined;
  const started = new StoreScrub({ ...scrubbed, clock, log, megabytesPerSecond: scrub }).start();
  stack.defer(() => started.close());
  return started;
}

export class StoreScrub {
  readonly #options: StoreScrubOptions;
  readonly #stop = new AbortController();
  readonly #findings: Gauge;
  readonly #lastPass: Gauge;
  #work: RepeatedWork | undefined;
  #fault: string | undefined;
  /** What the last pass could not repair. */
  #unrepaired: readonly ScrubFinding[] = [];

  constructor(options: StoreScrubOptions) {
    this.#options = options;
    this.#findings = this.#gauge(
      'holdfast_scrub_findings',
      'Rows, zones and logs of the store that the last pass of the scrubber found not as written.',
    );
    this.#gauge(
      'holdfast_scrub_unrepaired',
      'Those among them that are not repaired yet.',
      () => this.#unrepaired.filter((finding) => this.#isLeft(finding)).length,
    );
    this.#lastPass = this.#gauge(
      'holdfast_scrub_last_pass_timestamp_seconds',
      'When the scrubber last had read the whole store; 0 for never.',
    );
  }

  /** Begins at once. */
  start(): this {
    this.#work = repeatEvery(PASS_INTERVAL_MS, () => this.pass());
    return this;
  }

  /**
   * What the last pass found outside of zones and could not repair, for the health; `undefined`:
   * nothing.
   */
  get fault(): string | undefined {
    return this.#fault;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#work?.close();
  }

  /** One pass; never rejects. */
  async pass(): Promise<void> {
    const { zones, megabytesPerSecond, log } = this.#options;
    try {
      const rate = megabytesPerSecond * OCTETS_PER_MEGABYTE;
      const report = await zones.scrub(rate, this.#stop.signal);
      if (report !== undefined) this.#tell(report);
    } catch (error) {
      // A store that was opened anew meanwhile, or cannot be read now: the next pass sees.
      log.warn({ reason: errorMessage(error) }, 'the scrubber could not read the store');
    }
  }

  #tell({ rows, octets, findings, findingCount, unrepaired }: ScrubbedStore): void {
    const { log, clock } = this.#options;
    this.#lastPass.set(clock.nowMs() / 1000);
    this.#findings.set(findingCount);
    this.#unrepaired = unrepaired;
    // A zone has a check of its own, which ends when it is repaired or replaced.
    const [first, ...others] = unrepaired.filter(({ apex }) => apex === undefined);
    const more = others.length > 0 ? ` (and ${others.length} more)` : '';
    this.#fault = first && `${first.what}${more}: see docs/operations/faults.md`;
    if (findings.some(({ isUnreadable }) => isUnreadable)) {
      log.error({ code: 'STORE_DAMAGED' }, UNREADABLE);
      this.#fault = UNREADABLE;
    }
    for (const finding of findings.slice(0, NAMED_MAX)) {
      const { kind, what } = finding;
      const isRepaired = !unrepaired.includes(finding);
      const facts = { kind, code: 'STORE_DAMAGED' };
      if (isRepaired) log.warn(facts, `damage in the store, repaired: ${what}`);
      else log.error(facts, `damage in the store: ${what}`);
    }
    log.info({ rows, octets, findings: findingCount }, 'the store was read through');
  }

  /** A zone may have been repaired or replaced since. */
  #isLeft({ apex }: ScrubFinding): boolean {
    return apex === undefined || this.#options.zones.find(apex)?.fault !== undefined;
  }

  /** @param count what it is at a scrape; left out: what it was set to */
  #gauge(name: string, help: string, count?: () => number): Gauge {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [this.#options.registry],
      collect() {
        if (count !== undefined) this.set(count());
      },
    });
    gauge.set(0);
    return gauge;
  }
}
