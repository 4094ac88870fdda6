/**
 * All that passes between this name server and others, or those who change its zones by messages:
 * transfers out and the NOTIFY that announces them, transfers in with the NOTIFY that hurries them,
 * catalog zones, and DNS UPDATE. What is asked of us is a part of the request router; what is not
 * configured lets nobody in.
 */
import type { Registry } from 'prom-client';
import type { AccessLists } from '#app/access-lists.ts';
import type { ServerMetrics } from '#app/adapters/server-metrics.ts';
import { openCatalogs } from '#app/catalogs.ts';
import type { NameserverConfiguration } from '#app/config/configuration.ts';
import { openNotifications } from '#app/notifications.ts';
import type { ProcessParts } from '#app/running-process.ts';
import { openSecondaries } from '#app/secondaries.ts';
import { openTransfersOut } from '#app/transfer-requests.ts';
import { openUpdates } from '#app/update-requests.ts';
import type { CatalogConsumer } from '#dns/transfer/catalog/catalog-consumer.ts';
import type { Notifier } from '#dns/transfer/notify/notifier.ts';
import type { NotifyTarget } from '#dns/transfer/notify/notify-target.ts';
import type { RequestParts } from '#dns/transfer/request-router.ts';
import type { Primary } from '#dns/transfer/secondary/primary.ts';
import type { SecondaryZones } from '#dns/transfer/secondary/secondary-zones.ts';
import type { Name } from '#dns/wire/name.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
import { isFetched, type ZoneRow } from '#dns/zonedb/zone-row.ts';
import type { KeyValueStore } from '#store/key-value-store.ts';

/** Keys of the configuration that SIGHUP brings into effect here. */
export const LIVE_EXCHANGES: readonly string[] = [
  'nameserver.transfer',
  'nameserver.update',
  'nameserver.primaries',
];

export interface Exchanges {
  requestParts: RequestParts;
  secondaries: SecondaryZones;
  /** Those that are fetched. */
  catalogs: CatalogConsumer;
  /** Servers beside this one that a zone's changes are to be seen at. */
  secondariesOf: (apex: Name) => NotifyTarget[];
  /** Name servers that should have the same zone: those it comes from, and those it goes to. */
  peersOf: (row: Readonly<ZoneRow>) => Primary[];
  /** Has a zone's primaries asked now, if it is fetched. */
  refresh: (apex: Name) => void;
  /** Begins to tell; only once this server answers, as who is told asks at once. */
  startNotifying: (stack: AsyncDisposableStack) => Notifier;
  /** What the configuration says now. @throws CodedError as `openExchanges` */
  configure: (next: NameserverConfiguration | undefined) => Promise<void>;
}

export interface ExchangedZones {
  zones: ZoneDb;
  store: KeyValueStore;
  access: AccessLists;
  metrics: ServerMetrics;
  registry: Registry;
}

/** @throws CodedError TLS_FILE for what a primary is known by and cannot be read */
export async function openExchanges(
  nameserver: NameserverConfiguration,
  served: ExchangedZones,
  parts: ProcessParts,
  stack: AsyncDisposableStack,
): Promise<Exchanges> {
  const { zones, store, access, metrics, registry } = served;
  const updates = openUpdates(nameserver.update, { zones, access, metrics }, parts);
  const keyring = access.tsigKeys;
  const fetched = { zones, store, keyring, registry };
  const secondaries = await openSecondaries(nameserver, fetched, parts, stack);
  const sent = { zones, access, metrics, secondaries: secondaries.zones };
  const transfers = openTransfersOut(nameserver.transfer, sent, parts);
  const catalogued = { zones, secondaries: secondaries.zones, registry };
  const catalogs = await openCatalogs(nameserver, catalogued, parts, stack);
  const notifications = openNotifications(nameserver, { zones, keyring, registry }, parts);
  return {
    requestParts: {
      transfer: transfers.part,
      notify: secondaries.notify,
      update: updates.door,
    },
    secondaries: secondaries.zones,
    catalogs,
    secondariesOf: notifications.secondariesOf,
    peersOf: ({ apex, settings }) => {
      const primaries = isFetched(settings) ? secondaries.primariesOf(apex, settings) : [];
      const told = notifications.namedOf(settings);
      return [...primaries, ...told.map((server) => secondaries.reach(server))];
    },
    refresh: (apex) => void secondaries.zones.refresh(apex),
    startNotifying: notifications.start,
    configure: async (next) => {
      if (next !== undefined) {
        transfers.configure(next.transfer);
        notifications.configure(next.transfer);
      }
      updates.configure(next?.update);
      await secondaries.configure(next?.primaries ?? []);
    },
  };
}
