/**
 * Figures of the zones that are fetched from primaries: how many are as they should be, how long
 * the one that is worst off has left, and what fetching took. A feed that died shows here long
 * before the first zone expires.
 */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { SecondaryStatus, TransferReport } from '#dns/transfer/secondary/secondary-status.ts';
import { formatName } from '#dns/wire/name.ts';

const KINDS: readonly TransferReport['kind'][] = ['check', 'ixfr', 'axfr'];

/** `fresh`: the last attempt succeeded; `stale`: it failed; `empty`: nothing was fetched yet. */
type SecondaryState = 'fresh' | 'stale' | 'empty' | 'expired';

const STATES: readonly SecondaryState[] = ['fresh', 'stale', 'empty', 'expired'];

export class SecondaryMetrics {
  readonly #registry: Registry;
  readonly #attempts: Counter<'kind' | 'result'>;
  readonly #octets: Counter;

  constructor(registry: Registry) {
    this.#registry = registry;
    this.#attempts = new Counter({
      name: 'holdfast_secondary_attempts_total',
      help: 'Checks and transfers from primaries by kind and result.',
      labelNames: ['kind', 'result'],
      registers: [registry],
    });
    this.#octets = new Counter({
      name: 'holdfast_secondary_received_bytes_total',
      help: 'Octets of the transfers from primaries that were taken.',
      registers: [registry],
    });
    for (const kind of KINDS) {
      this.#attempts.inc({ kind, result: 'done' }, 0);
      this.#attempts.inc({ kind, result: 'failed' }, 0);
    }
  }

  /** An attempt that ended. */
  count({ kind, outcome, octets }: TransferReport): void {
    this.#attempts.inc({ kind, result: outcome === 'done' ? 'done' : 'failed' });
    this.#octets.inc(octets);
  }

  /** From now on the statuses are read at each scrape. */
  watch(statuses: () => SecondaryStatus[]): void {
    this.#registry.registerMetric(stateGauge(statuses));
    this.#registry.registerMetric(expiryGauge(statuses));
  }
}

function stateGauge(statuses: () => SecondaryStatus[]): Gauge<'state'> {
  return new Gauge({
    name: 'holdfast_secondary_zones',
    help: 'Zones that are fetched from primaries, by how they stand.',
    labelNames: ['state'],
    registers: [],
    collect() {
      const counts = new Map<SecondaryState, number>(STATES.map((state) => [state, 0]));
      for (const status of statuses()) {
        const state = stateOf(status);
        counts.set(state, (counts.get(state) ?? 0) + 1);
      }
      for (const [state, count] of counts) this.set({ state }, count);
    },
  });
}

function stateOf({ isExpired, serial, failure }: SecondaryStatus): SecondaryState {
  if (isExpired) return 'expired';
  if (serial === undefined) return 'empty';
  return failure === undefined ? 'fresh' : 'stale';
}

/** The label names the zone that expires first, so that nobody has to search. */
function expiryGauge(statuses: () => SecondaryStatus[]): Gauge<'zone'> {
  return new Gauge({
    name: 'holdfast_secondary_earliest_expiry_timestamp_seconds',
    help: 'When the first zone expires unless a primary confirms it; absent without such zones.',
    labelNames: ['zone'],
    registers: [],
    collect() {
      this.reset();
      let first: SecondaryStatus | undefined;
      for (const status of statuses()) {
        const atMs = status.expireAtMs ?? Number.POSITIVE_INFINITY;
        if (atMs < (first?.expireAtMs ?? Number.POSITIVE_INFINITY)) first = status;
      }
      if (first?.expireAtMs === undefined) return;
      this.set({ zone: formatName(first.apex) }, Math.floor(first.expireAtMs / 1000));
    },
  });
}
