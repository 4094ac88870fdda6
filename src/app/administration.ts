/**
 * What operators and their tools talk to: the admin API with its key, health and metrics, and the
 * backups that it and the schedule start.
 */
import type { Registry } from 'prom-client';
import type { AccessLists } from '#app/access-lists.ts';
import { AuditAdapter } from '#app/adapters/audit-port.ts';
import type { BackupAdapter } from '#app/adapters/backup-port.ts';
import { BatchAdapter } from '#app/adapters/batch-port.ts';
import { BrowseAdapter } from '#app/adapters/browse-port.ts';
import { EventAdapter, ReceiptAdapter } from '#app/adapters/change-ports.ts';
import { HistoryAdapter, JournalAdapter } from '#app/adapters/history-port.ts';
import { IdempotencyAdapter } from '#app/adapters/idempotency-port.ts';
import { RepairAdapter } from '#app/adapters/repair-port.ts';
import { ServerHealth, type WatchedScrub } from '#app/adapters/server-health.ts';
import { statisticsReader } from '#app/adapters/statistics.ts';
import { TokenAdapter, TokenAuthenticator } from '#app/adapters/token-port.ts';
import { AutoprimaryAdapter, TsigKeyAdapter } from '#app/adapters/transfer-ports.ts';
import { ZoneAdapter, type ZoneTransfers } from '#app/adapters/zone-port.ts';
import { startBackups } from '#app/backup-work.ts';
import type { Configuration } from '#app/config/configuration.ts';
import type { OpenRegister } from '#app/register.ts';
import { openReplicaKey, registerPorts } from '#app/register-administration.ts';
import type { ProcessParts } from '#app/running-process.ts';
import type { ZoneRepairs } from '#app/zone-repairs.ts';
import type { PacketThreads } from '#dns/packet/packet-threads.ts';
import type { WatchedPlace } from '#dns/transfer/watched-server.ts';
import { type Name, parseName } from '#dns/wire/name.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
import { adminKeyAuthenticator, anyAuthenticator } from '#http/api/access.ts';
import { startAdminServer } from '#http/api/admin-server.ts';
import { loadApiKey } from '#http/api-key.ts';
import { formatListenAddress } from '#net/listen-address.ts';
import type { LevelStore } from '#store/level-store.ts';

/** Name of the receipts' name server where the configuration gives no identity. */
const UNNAMED = 'ns.';

/** What is administered. */
export interface Administered {
  zones: ZoneDb;
  transfers: ZoneTransfers;
  /** Where a zone is to be served, this server's own addresses first. */
  serversOf: (apex: Name) => readonly WatchedPlace[];
  store: LevelStore;
  access: AccessLists;
  threads: PacketThreads;
  /** Where there is one. */
  register: OpenRegister | undefined;
  registry: Registry;
  /** Where the store is scrubbed. */
  scrub: WatchedScrub | undefined;
  repairs: ZoneRepairs;
  version: string;
}

/**
 * Resolves when the API listens.
 * @throws HttpError of the address or the key file, CodedError BACKUP_SECRET_FILE
 */
export async function startAdministration(
  configuration: Configuration,
  served: Administered,
  parts: ProcessParts,
  stack: AsyncDisposableStack,
): Promise<void> {
  const backups = await startBackups(configuration, served, parts, stack);
  await startAdmin(configuration, { ...served, backups }, parts, stack);
}

async function startAdmin(
  configuration: Configuration,
  served: Administered & { backups: BackupAdapter },
  parts: ProcessParts,
  stack: AsyncDisposableStack,
): Promise<void> {
  const { log, clock, random } = parts;
  const { zones, transfers, store, access, threads, backups, registry, version, register } = served;
  const { apiKeyFile, listen, rateLimit } = configuration.admin;
  const { key, made, exposed } = await loadApiKey(apiKeyFile, random);
  if (made) log.info({ path: apiKeyFile }, 'made an API key');
  if (exposed) log.warn({ path: apiKeyFile }, 'others may read the API key: chmod 600 it');
  const { epp } = configuration;
  const replicas = epp === undefined ? [] : [await openReplicaKey(epp.replicaKeyFile, parts)];
  const admin = await startAdminServer({
    ...parts,
    listen: { host: listen.address, port: listen.port },
    version,
    authenticator: anyAuthenticator([
      adminKeyAuthenticator(key),
      new TokenAuthenticator(access.tokens, clock),
      ...replicas,
    ]),
    ...(rateLimit && { rateLimit }),
    metrics: registry,
    health: new ServerHealth(zones, store, threads, random, served.scrub),
    ports: {
      tokens: new TokenAdapter(access.tokens, clock),
      audit: new AuditAdapter(access.audit),
      idempotency: new IdempotencyAdapter(access.idempotency, clock),
      zones: new ZoneAdapter(zones, clock, transfers),
      changes: new BatchAdapter(zones),
      browse: new BrowseAdapter(zones),
      history: new HistoryAdapter(zones),
      journal: new JournalAdapter(zones),
      receipts: new ReceiptAdapter(zones, receiptPlaces(configuration, served)),
      events: new EventAdapter(zones),
      backups,
      repairs: new RepairAdapter(zones, served.repairs),
      tsigKeys: new TsigKeyAdapter(access.tsigKeys, random),
      autoprimaries: new AutoprimaryAdapter(access.autoprimaries),
      ...(register && registerPorts(register, parts)),
      statistics: statisticsReader({
        packets: () => threads.snapshot([]),
        zoneCount: () => zones.names().length,
        clock,
      }),
    },
  });
  stack.defer(() => admin.close());
}

/** Every server that a receipt tells of: this one under its name, others under their address. */
function receiptPlaces(
  { nameserver }: Configuration,
  { serversOf, threads }: Pick<Administered, 'serversOf' | 'threads'>,
): (zone: string) => { nameserver: string; address: string }[] {
  const identity = nameserver?.identity ?? UNNAMED;
  const own = new Set(threads.listen.map((address) => formatListenAddress(address)));
  return (zone) =>
    serversOf(parseName(zone)).map((place) => {
      const address = formatListenAddress(place);
      return { nameserver: own.has(address) ? identity : place.address, address };
    });
}
