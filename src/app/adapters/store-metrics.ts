/** Whether the store takes changes and its mirror is written, for Prometheus. */
import { Gauge, type Registry } from 'prom-client';
import type { LevelStore } from '#store/level-store.ts';

export function watchStore(
  registry: Registry,
  store: Pick<LevelStore, 'failure' | 'mirrorFailure'>,
): void {
  const writable = stateGauge(
    'holdfast_store_writable',
    '1 while the store takes changes, 0 from a failed write until it works again.',
    () => store.failure === undefined,
  );
  const mirrorUp = stateGauge(
    'holdfast_store_mirror_up',
    '1 while what is written is mirrored too, or no mirror is wanted; 0 while it cannot be.',
    () => store.mirrorFailure === undefined,
  );
  for (const gauge of [writable, mirrorUp]) registry.registerMetric(gauge);
}

function stateGauge(name: string, help: string, isWell: () => boolean): Gauge {
  return new Gauge({
    name,
    help,
    registers: [],
    collect() {
      this.set(isWell() ? 1 : 0);
    },
  });
}
