/** Transfers to other name servers at work: the lists and keys that let them, and the counting. */
import type { AccessLists } from '#app/access-lists.ts';
import type { ServerMetrics } from '#app/adapters/server-metrics.ts';
import type { NameserverConfiguration } from '#app/config/configuration.ts';
import { systemHostLookup } from '#app/host-lookup.ts';
import type { ProcessParts } from '#app/running-process.ts';
import { AccessList } from '#dns/transfer/access-list.ts';
import { NameserverAddresses } from '#dns/transfer/nameserver-addresses.ts';
import { TransferOut } from '#dns/transfer/outgoing/transfer-out.ts';
import type { SecondaryZones } from '#dns/transfer/secondary/secondary-zones.ts';
import { formatName } from '#dns/wire/name.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';

type TransferConfiguration = NameserverConfiguration['transfer'];

export interface TransfersOut {
  part: TransferOut;
  /** What the configuration says now; transfers under way go on. */
  configure: (section: TransferConfiguration) => void;
}

interface TransferSurroundings {
  zones: ZoneDb;
  access: AccessLists;
  metrics: ServerMetrics;
  /** Knows how long zones that we fetch ourselves may be served. */
  secondaries: Pick<SecondaryZones, 'expiresInSeconds'>;
}

export function openTransfersOut(
  section: TransferConfiguration,
  { zones, access, metrics, secondaries }: TransferSurroundings,
  { clock, log }: Pick<ProcessParts, 'clock' | 'log'>,
): TransfersOut {
  const nameservers = new NameserverAddresses(zones, systemHostLookup());
  const read = ({
    allow: entries,
    tls,
    concurrent,
    concurrentPerClient,
  }: TransferConfiguration) => {
    const allow = new AccessList(entries);
    for (const name of allow.keyNames()) {
      if (access.tsigKeys.find(name) !== undefined) continue;
      log.warn({ key: formatName(name) }, 'nameserver.transfer.allow names a key that is not here');
    }
    const rules = {
      allow,
      tlsRequired: tls === 'required',
      nameserverAddresses: async (apex: Uint8Array) => nameservers.of(apex),
    };
    const limits = { concurrentMax: concurrent, concurrentPerClientMax: concurrentPerClient };
    return { rules, limits };
  };
  const part = new TransferOut({
    zones,
    ...read(section),
    expiresInSeconds: (apex) => secondaries.expiresInSeconds(apex),
    clock,
    log,
    onReport: ({ kind, result }) => metrics.transferEnded(kind, result),
  });
  return {
    part,
    configure: (next) => {
      const { rules, limits } = read(next);
      part.configure(rules, limits);
    },
  };
}
