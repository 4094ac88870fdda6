/**
 * The name server's own figures for Prometheus, beside those of the packet threads: update times,
 * serials, expiry of signatures, build. Names and buckets are those of the service level
 * figures (docs/reference/metrics.md). Nothing here is touched per query.
 */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { formatName } from '#dns/wire/name.ts';
import { CHANGE_SOURCES, type ChangeSource } from '#dns/zonedb/change.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';

/** Stages of a change: on disk, in the packet threads, seen by a real query. */
export type UpdateStage = 'durable' | 'published' | 'served';

const UPDATE_STAGES: readonly UpdateStage[] = ['durable', 'published', 'served'];

/** Seconds; every limit of a contract and its fivefold are bounds. */
const UPDATE_BUCKETS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 2.5, 4, 5, 7.5, 10, 20, 60, 300, 900, 3600,
];

/** Zones with a serial of their own in the metrics; the rest are left out. */
export const ZONE_SERIALS_MAX = 1000;

export interface ServerMetricsOptions {
  registry: Registry;
  version: string;
}

export class ServerMetrics {
  readonly #updates: Histogram<'source' | 'stage'>;
  readonly #transfers: Counter<'kind' | 'result'>;
  readonly #updateMessages: Counter<'rcode'>;

  constructor({ registry, version }: ServerMetricsOptions) {
    const registers = [registry];
    this.#updates = new Histogram({
      name: 'holdfast_update_seconds',
      help: 'Time from the receipt of a change until it reached a stage.',
      labelNames: ['source', 'stage'],
      buckets: UPDATE_BUCKETS,
      registers,
    });
    for (const source of CHANGE_SOURCES) {
      for (const stage of UPDATE_STAGES) this.#updates.zero({ source, stage });
    }
    this.#transfers = new Counter({
      name: 'holdfast_zone_transfers_total',
      help: 'Zone transfers to other name servers by kind of question and result.',
      labelNames: ['kind', 'result'],
      registers,
    });
    for (const kind of ['axfr', 'ixfr']) {
      for (const result of ['done', 'refused', 'failed']) this.#transfers.inc({ kind, result }, 0);
    }
    this.#updateMessages = new Counter({
      name: 'holdfast_dnsupdate_messages_total',
      help: 'DNS UPDATE messages by response code, repetitions not counted.',
      labelNames: ['rcode'],
      registers,
    });
    for (const rcode of ['NOERROR', 'REFUSED']) this.#updateMessages.inc({ rcode }, 0);
    new Gauge({
      name: 'holdfast_build_info',
      help: 'Always 1; the labels tell what runs.',
      labelNames: ['version', 'node'],
      registers,
    }).set({ version, node: process.version }, 1);
  }

  updated(source: ChangeSource, stage: UpdateStage, receivedAtMs: number, atMs: number): void {
    this.#updates.observe({ source, stage }, Math.max(0, atMs - receivedAtMs) / 1000);
  }

  /** @param rcode mnemonic of one that UPDATE has */
  updateAnswered(rcode: string): void {
    this.#updateMessages.inc({ rcode });
  }

  /** A zone that another name server asked us for. */
  transferEnded(kind: 'axfr' | 'ixfr', result: 'done' | 'refused' | 'failed'): void {
    this.#transfers.inc({ kind, result });
  }
}

/** Figures that are read off the zone database at each scrape. */
export function watchZones(registry: Registry, zones: ZoneDb): void {
  registry.registerMetric(serialGauge(zones));
  registry.registerMetric(zoneGauge(zones));
  registry.registerMetric(expiryGauge(zones));
}

function serialGauge(zones: ZoneDb): Gauge<'zone'> {
  return new Gauge({
    name: 'holdfast_zone_serial',
    help: `Serial of each served zone; at most ${ZONE_SERIALS_MAX} zones, in canonical order.`,
    labelNames: ['zone'],
    registers: [],
    collect() {
      this.reset();
      for (const apex of zones.names().slice(0, ZONE_SERIALS_MAX)) {
        const state = zones.find(apex);
        if (state === undefined || state.fault !== undefined) continue;
        this.set({ zone: formatName(apex) }, state.row.serial);
      }
    },
  });
}

function zoneGauge(zones: ZoneDb): Gauge<'state'> {
  return new Gauge({
    name: 'holdfast_zones',
    help: 'Zones in the store: those that are served, and those that are not for a fault.',
    labelNames: ['state'],
    registers: [],
    collect() {
      const faults = zones.faults().length;
      this.set({ state: 'served' }, zones.names().length - faults);
      this.set({ state: 'faulty' }, faults);
    },
  });
}

/** The label names the zone whose signature goes first, so that nobody has to search. */
function expiryGauge(zones: ZoneDb): Gauge<'zone'> {
  return new Gauge({
    name: 'holdfast_dnssec_earliest_expiry_timestamp_seconds',
    help: 'When the first signature of any signed zone expires; absent without signed zones.',
    labelNames: ['zone'],
    registers: [],
    collect() {
      this.reset();
      let first: { zone: string; at: number } | undefined;
      for (const apex of zones.names()) {
        const at = zones.find(apex)?.row.signaturesExpireAt;
        if (at === undefined || at >= (first?.at ?? Number.POSITIVE_INFINITY)) continue;
        first = { zone: formatName(apex), at };
      }
      if (first !== undefined) this.set({ zone: first.zone }, first.at);
    },
  });
}
