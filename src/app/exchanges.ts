/**
 * All that passes between this name server and others, or those who change its zones by messages:
 * transfers out, transfers in with the NOTIFY that hurries them, and DNS UPDATE. Each is a part of
 * the request router; what is not configured lets nobody in.
 */
import type { Registry } from 'prom-client';
import type { AccessLists } from '#app/access-lists.ts';
import type { ServerMetrics } from '#app/adapters/server-metrics.ts';
import type { NameserverConfiguration } from '#app/config/configuration.ts';
import type { ProcessParts } from '#app/running-process.ts';
import { openSecondaries } from '#app/secondaries.ts';
import { openTransfersOut } from '#app/transfer-requests.ts';
import { openUpdates } from '#app/update-requests.ts';
import type { RequestParts } from '#dns/transfer/request-router.ts';
import type { SecondaryZones } from '#dns/transfer/secondary/secondary-zones.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
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
  const fetched = { zones, store, keyring: access.tsigKeys, registry };
  const secondaries = await openSecondaries(nameserver, fetched, parts, stack);
  const sent = { zones, access, metrics, secondaries: secondaries.zones };
  const transfers = openTransfersOut(nameserver.transfer, sent, parts);
  return {
    requestParts: {
      transfer: transfers.part,
      notify: secondaries.notify,
      update: updates.door,
    },
    secondaries: secondaries.zones,
    configure: async (next) => {
      if (next !== undefined) transfers.configure(next.transfer);
      updates.configure(next?.update);
      await secondaries.configure(next?.primaries ?? []);
    },
  };
}
