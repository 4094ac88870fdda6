/**
 * How far zones are behind the register, for Prometheus and for the log: a command that is not in
 * its zone after a minute is worth a look, and a brake that is on waits for somebody to decide.
 */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Log } from '#base/log.ts';
import type { DelegationPublisher, LaneFigures } from './delegation-sink.ts';

/** The contract begins to count at 15 minutes; this is when somebody should look. */
export const PUBLISH_LAG_MAX_MS = 60_000;
/** From one look to the next. */
export const PUBLISH_LOOK_MS = 5_000;

type Figures = Pick<DelegationPublisher, 'figures' | 'failures'>;

/** Figures that are read at each scrape. */
export function watchPublishing(registry: Registry, publisher: Figures): void {
  const gauge = (name: string, help: string, valueOf: (figures: LaneFigures) => number): void => {
    const collected = new Gauge({
      name,
      help,
      labelNames: ['tld'],
      registers: [],
      collect() {
        this.reset();
        for (const figures of publisher.figures()) this.set({ tld: figures.tld }, valueOf(figures));
      },
    });
    registry.registerMetric(collected);
  };
  gauge(
    'holdfast_register_publish_lag_seconds',
    'Age of the oldest command that is not in its zone yet; 0: all are. Held ones are left out.',
    ({ lagMs }) => lagMs / 1000,
  );
  gauge(
    'holdfast_register_open_tasks',
    'Commands on their way to the zone.',
    ({ openCount }) => openCount,
  );
  gauge(
    'holdfast_register_held_tasks',
    'Removals that the brake holds until an operator decides.',
    ({ heldCount }) => heldCount,
  );
  gauge('holdfast_register_brake', '1 while the brake on removals is on.', ({ isHeld }) =>
    Number(isHeld),
  );
  const failures = new Counter({
    name: 'holdfast_register_publish_failures_total',
    help: 'Commands that could not be brought into their zone and were tried again.',
    registers: [],
    collect() {
      this.reset();
      this.inc(publisher.failures);
    },
  });
  registry.registerMetric(failures);
}

/** Says what waits for too long, once until it is over. */
export class PublishAlarm {
  readonly #publisher: Figures;
  readonly #log: Log;
  readonly #said = new Set<string>();

  constructor(publisher: Figures, log: Log) {
    this.#publisher = publisher;
    this.#log = log;
  }

  /** Call it every PUBLISH_LOOK_MS. */
  look(): void {
    for (const { tld, lagMs, openCount } of this.#publisher.figures()) {
      const isLate = lagMs >= PUBLISH_LAG_MAX_MS;
      if (isLate === this.#said.has(tld)) continue;
      const facts = { tld, lagSeconds: Math.round(lagMs / 1000), commands: openCount };
      if (isLate) {
        this.#said.add(tld);
        this.#log.error(
          facts,
          'commands of registrars are not in the zone: see what was said of it',
        );
      } else {
        this.#said.delete(tld);
        this.#log.info(facts, 'the zone has caught up with the register');
      }
    }
  }
}
