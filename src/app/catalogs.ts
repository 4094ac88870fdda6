/** Catalog zones at work: those that list our zones, and those whose members we fetch. */
import type { Registry } from 'prom-client';
import { watchCatalogs } from '#app/adapters/catalog-metrics.ts';
import type { NameserverConfiguration } from '#app/config/configuration.ts';
import type { ProcessParts } from '#app/running-process.ts';
import { CatalogConsumer } from '#dns/transfer/catalog/catalog-consumer.ts';
import { CatalogProducer } from '#dns/transfer/catalog/catalog-producer.ts';
import type { SecondaryZones } from '#dns/transfer/secondary/secondary-zones.ts';
import { parseName } from '#dns/wire/name.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';

export interface CataloguedZones {
  zones: ZoneDb;
  secondaries: SecondaryZones;
  registry: Registry;
}

/** Resolves when the catalogs that are made here list what they should. */
export async function openCatalogs(
  { catalog, catalogRemovals }: Pick<NameserverConfiguration, 'catalog' | 'catalogRemovals'>,
  { zones, secondaries, registry }: CataloguedZones,
  parts: ProcessParts,
  stack: AsyncDisposableStack,
): Promise<CatalogConsumer> {
  const defaultCatalog = catalog === undefined ? undefined : parseName(catalog);
  const producer = await CatalogProducer.open({ zones, defaultCatalog, ...parts });
  stack.defer(() => producer.close());
  const consumer = new CatalogConsumer({
    zones,
    retrieve: (apex) => secondaries.retrieve(apex),
    removalShareMax: catalogRemovals,
    ...parts,
  });
  stack.defer(() => consumer.close());
  watchCatalogs(registry, () => consumer.statuses());
  return consumer;
}
