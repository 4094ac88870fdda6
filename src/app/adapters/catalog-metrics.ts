/** Figures of the catalog zones that this server follows; what is held or broken shows here. */
import { Gauge, type Registry } from 'prom-client';
import type { CatalogStatus } from '#dns/transfer/catalog/catalog-consumer.ts';
import { formatName } from '#dns/wire/name.ts';

/** Catalogs with figures of their own; the rest are left out. */
const CATALOGS_MAX = 100;

export function watchCatalogs(registry: Registry, statuses: () => CatalogStatus[]): void {
  const figures: [name: string, help: string, read: (status: CatalogStatus) => number][] = [
    ['members', 'Zones that are here by the catalog zone.', ({ members }) => members],
    [
      'broken',
      '1 while the newest version of the catalog zone is broken and not followed.',
      ({ broken }) => Number(broken !== undefined),
    ],
    [
      'held_removals',
      'Zones that the catalog zone would take away and that are kept: too many at once.',
      ({ heldRemovals }) => heldRemovals,
    ],
    [
      'clashes',
      'Members of the catalog zone that are here by other ways and are left alone.',
      ({ clashes }) => clashes,
    ],
  ];
  for (const [name, help, read] of figures) {
    const gauge = new Gauge({
      name: `holdfast_catalog_${name}`,
      help,
      labelNames: ['catalog'],
      registers: [],
      collect() {
        this.reset();
        for (const status of statuses().slice(0, CATALOGS_MAX)) {
          this.set({ catalog: formatName(status.apex) }, read(status));
        }
      },
    });
    registry.registerMetric(gauge);
  }
}
