/**
 * Figures of NOTIFY by target. Targets come from zones too, so the label is given to the first
 * TARGETS_MAX that are seen; the others share one.
 */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { NotifyResult } from '#dns/transfer/notify/notifier.ts';

/** Targets with figures of their own. */
const TARGETS_MAX = 64;
const OTHER_TARGETS = 'other';

export class NotifyMetrics {
  readonly #registry: Registry;
  readonly #messages: Counter<'target' | 'result'>;
  readonly #targets = new Set<string>();

  constructor(registry: Registry) {
    this.#registry = registry;
    this.#messages = new Counter({
      name: 'holdfast_notify_total',
      help: 'NOTIFY messages sent, and how what they told ended, by target.',
      labelNames: ['target', 'result'],
      registers: [registry],
    });
  }

  /** @param target ADDRESS:PORT */
  count(target: string, result: NotifyResult): void {
    if (this.#targets.size < TARGETS_MAX) this.#targets.add(target);
    this.#messages.inc({ target: this.#targets.has(target) ? target : OTHER_TARGETS, result });
  }

  /** From now on it is read at each scrape how much is still to be told. */
  watch(pendingCount: () => number): void {
    this.#registry.registerMetric(
      new Gauge({
        name: 'holdfast_notify_pending',
        help: 'Zones times targets that are still to be told of a new version.',
        registers: [],
        collect() {
          this.set(pendingCount());
        },
      }),
    );
  }
}
