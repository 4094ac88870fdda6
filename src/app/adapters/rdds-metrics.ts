/** The directory's figures: how far database B is behind, and what look-ups come to. */
import { Counter, Gauge, type Registry } from 'prom-client';
import {
  LOOKUP_OUTCOMES,
  type LookupOutcome,
  RDDS_SERVICES,
  type RddsService,
} from '#registry/rdds/lookup-outcome.ts';

export interface RddsMetricsOptions {
  registry: Registry;
  lagMs: () => number;
  isConnected: () => boolean;
  /** Of the register's last change that is here. */
  sequence: () => number;
}

export class RddsMetrics {
  readonly #lookups: Counter<'service' | 'outcome'>;

  constructor({ registry, lagMs, isConnected, sequence }: RddsMetricsOptions) {
    this.#lookups = new Counter({
      name: 'holdfast_rdds_lookups_total',
      help: 'Look-ups, by service and what they came to.',
      labelNames: ['service', 'outcome'],
      registers: [registry],
    });
    for (const service of RDDS_SERVICES) {
      for (const outcome of LOOKUP_OUTCOMES) this.#lookups.inc({ service, outcome }, 0);
    }
    const gauges: [string, string, () => number][] = [
      [
        'holdfast_rdds_replica_lag_seconds',
        'Now minus the instant as of which database B is the register.',
        () => lagMs() / 1000,
      ],
      [
        'holdfast_rdds_replica_connected',
        'Whether the stream of the register is open: 1 or 0.',
        () => Number(isConnected()),
      ],
      [
        'holdfast_rdds_replica_sequence',
        'Number of the last change of the register that database B has.',
        sequence,
      ],
    ];
    for (const [name, help, read] of gauges) {
      const gauge = new Gauge({
        name,
        help,
        registers: [],
        collect() {
          this.set(read());
        },
      });
      registry.registerMetric(gauge);
    }
  }

  count(service: RddsService, outcome: LookupOutcome): void {
    this.#lookups.inc({ service, outcome });
  }
}
