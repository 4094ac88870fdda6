/**
 * `holdfast serve`: composition root of a name server. Built in the order in which things depend
 * on each other, disposed of in reverse:
 *
 *     sockets -> (root given up) -> store -> image -> zone database -> zone files -> packet threads
 *         -> watch -> backups -> admin
 */
import { createReadStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Registry } from 'prom-client';
import { BackupAdapter } from '#app/adapters/backup-port.ts';
import { EventAdapter, ReceiptAdapter } from '#app/adapters/change-ports.ts';
import { watchPackets } from '#app/adapters/packet-metrics.ts';
import { ServerHealth } from '#app/adapters/server-health.ts';
import { ServerMetrics, watchZones } from '#app/adapters/server-metrics.ts';
import { countTransferRefusals } from '#app/adapters/slow-requests.ts';
import { ZoneAdapter } from '#app/adapters/zone-port.ts';
import { makeAnswererStart } from '#app/answerer-start.ts';
import type { Configuration, NameserverConfiguration } from '#app/config/configuration.ts';
import { requireSection } from '#app/config/require-section.ts';
import { rereadConfiguration } from '#app/config/reread-configuration.ts';
import { ConfiguredCookieSecrets } from '#app/cookie-secrets.ts';
import { dropPrivileges, findAccount, isRoot, prepareData } from '#app/privileges.ts';
import { readProgramVersion } from '#app/program-version.ts';
import type { ProcessParts, RunningProcess } from '#app/running-process.ts';
import { scheduleBackups } from '#app/scheduled-backups.ts';
import { TlsCertificate } from '#app/tls-certificate.ts';
import { errorCode, errorMessage } from '#base/coded-error.ts';
import { ImageWriter, type RestoredImage } from '#dns/image/image-writer.ts';
import { openPacketSockets, type PacketSockets } from '#dns/packet/packet-sockets.ts';
import { type PacketThreads, startThreadsOn } from '#dns/packet/packet-threads.ts';
import { ServedWatch } from '#dns/transfer/served-watch.ts';
import { formatName } from '#dns/wire/name.ts';
import { ZoneDb } from '#dns/zonedb/zone-db.ts';
import { importZoneFolder } from '#dns/zonedb/zone-folder.ts';
import { adminKeyAuthenticator } from '#http/api/access.ts';
import { startAdminServer } from '#http/api/admin-server.ts';
import { loadApiKey } from '#http/api-key.ts';
import { formatListenAddress } from '#net/listen-address.ts';
import type { TlsCredentials } from '#net/tls-gate.ts';
import type { BackupExtra } from '#store/backup/run-backup.ts';
import type { KeyValueStore } from '#store/key-value-store.ts';
import { type LevelStore, openLevelStore } from '#store/level-store.ts';
import { DirectoryLocation } from '#store/locations/directory-location.ts';

/** How often memory of the image that no reader can see any more is freed, and for how long. */
const RECLAIM_INTERVAL_MS = 50;
const RECLAIM_BUDGET_MS = 2;
/** In the data folder. */
const SNAPSHOT_FILE = 'image.snapshot';
/** Name of the receipts' name server where the configuration gives no identity. */
const UNNAMED = 'ns.';

export interface ServeOptions {
  configuration: Configuration;
  /** Sockets that a supervisor hands over, from descriptor 3 on. */
  inheritedCount?: number;
}

/**
 * @throws CodedError of whatever cannot be had: configuration, store, zone file, address, key;
 *   everything that was opened is closed again
 */
export async function startServe(
  { configuration, inheritedCount = 0 }: ServeOptions,
  parts: ProcessParts,
): Promise<RunningProcess> {
  const nameserver = requireSection(configuration, 'nameserver');
  await using stack = new AsyncDisposableStack();
  const certificate = nameserver.tls && (await TlsCertificate.open(nameserver.tls, parts));
  const cookies = await ConfiguredCookieSecrets.open(nameserver.cookies, parts);
  const sockets = await openSockets(nameserver, inheritedCount, parts, stack);
  await giveUpRoot(configuration, parts);
  const store = await openStore(configuration, stack);
  const snapshot = join(configuration.data, SNAPSHOT_FILE);
  const { image, contents } = await openImage(snapshot, parts);
  startReclaim(image, stack);
  const version = await readProgramVersion();
  const registry = new Registry();
  const locations = configuration.backup.locations.map(
    ({ name, directory }) => new DirectoryLocation(name, directory),
  );
  const metrics = new ServerMetrics({
    registry,
    version,
    locations: locations.map(({ name }) => name),
  });
  const { zones, follow } = await openZones(
    { store, image, restored: contents, snapshot },
    metrics,
    parts,
    stack,
  );
  watchZones(registry, zones);
  const importZones = async (folder: string | undefined): Promise<void> => {
    if (folder !== undefined) await importZoneFolder({ ...parts, zones, store, folder });
  };
  await importZones(nameserver.zones);
  const tlsCredentials = certificate?.credentials;
  const threads = await startThreads(
    { sockets, nameserver, image, cookies, metrics, tlsCredentials },
    parts,
    stack,
  );
  const useCredentials = (credentials: TlsCredentials): void =>
    threads.setTlsCredentials(credentials);
  const watched = certificate?.watch(useCredentials);
  stack.defer(() => watched?.close());
  watchPackets(registry, threads);
  follow(watchServed(zones, threads, parts, stack));
  const backups = new BackupAdapter({
    ...parts,
    store,
    journal: zones.journal,
    locations,
    extras: backupExtras(configuration),
    keepNewest: configuration.backup.keep,
    onVerified: (location, atMs) => metrics.backedUp(location, atMs),
  });
  const served = { zones, store, threads, backups, registry, version };
  await startAdmin(configuration, served, parts, stack);
  if (locations.length > 0) {
    const { schedule } = configuration.backup;
    stack.defer(await scheduleBackups(schedule, () => backups.run(), parts.log));
  }
  const { log } = parts;
  const listen = threads.listen.map((address) => formatListenAddress(address));
  const tls = threads.tlsListen.map((address) => formatListenAddress(address));
  const offered = { listen, ...(tls.length > 0 && { tls }), admin: configuration.admin.url };
  log.info({ ...offered, zones: zones.names().length }, 'ready');
  const running = stack.move();
  const reload = async (): Promise<void> => {
    await certificate?.reload(useCredentials);
    await cookies.reload();
    const next = await rereadConfiguration(configuration, ['nameserver.zones'], log);
    await importZones(next.nameserver?.zones);
  };
  return { close: () => running.disposeAsync(), reload };
}

async function openStore(
  { data }: Configuration,
  stack: AsyncDisposableStack,
): Promise<LevelStore> {
  await mkdir(data, { recursive: true });
  const store = await openLevelStore(join(data, 'store'));
  stack.defer(() => store.close());
  return store;
}

/** The image as the last orderly stop left it, or a new one to be built from the store. */
async function openImage(
  path: string,
  { clock, random, log }: ProcessParts,
): Promise<RestoredImage> {
  try {
    const restored = await ImageWriter.restore(path, { random, clock });
    if (restored !== undefined) return restored;
  } catch (error) {
    if (errorCode(error) !== 'IMAGE_SNAPSHOT') throw error;
    log.warn({ code: 'IMAGE_SNAPSHOT' }, errorMessage(error));
  }
  return { image: ImageWriter.create({ random, clock }), contents: new Map() };
}

function startReclaim(image: ImageWriter, stack: AsyncDisposableStack): void {
  const timer = setInterval(() => image.reclaim(RECLAIM_BUDGET_MS), RECLAIM_INTERVAL_MS);
  stack.defer(() => clearInterval(timer));
}

/** The zones, and how to tell who watches them being served once there is someone. */
async function openZones(
  opened: {
    store: KeyValueStore;
    image: ImageWriter;
    restored: ReadonlyMap<string, string>;
    /** Where the image is saved at the end. */
    snapshot: string;
  },
  metrics: ServerMetrics,
  { clock, log }: ProcessParts,
  stack: AsyncDisposableStack,
): Promise<{ zones: ZoneDb; follow: (watch: ServedWatch) => void }> {
  let watch: ServedWatch | undefined;
  const { snapshot, ...contents } = opened;
  const zones = await ZoneDb.open({
    ...contents,
    clock,
    log,
    onPublished: ({ apex, serial, source, receivedAtMs, durableAtMs, publishedAtMs }) => {
      metrics.updated(source, 'durable', receivedAtMs, durableAtMs);
      metrics.updated(source, 'published', receivedAtMs, publishedAtMs);
      watch?.watch(apex, serial);
    },
    onSighting: (source, receivedAtMs, atMs) => {
      metrics.updated(source, 'served', receivedAtMs, atMs);
    },
  });
  stack.defer(async () => {
    await zones.close();
    await zones.saveImage(snapshot);
  });
  return {
    zones,
    follow: (started) => {
      watch = started;
    },
  };
}

/** Everything that is listened at, bound: ports below 1024 need root, which is still there. */
async function openSockets(
  { listen, tls, threads, udp }: NameserverConfiguration,
  inheritedCount: number,
  { log }: ProcessParts,
  stack: AsyncDisposableStack,
): Promise<PacketSockets> {
  const wanted = {
    listen,
    tlsListen: tls?.listen ?? [],
    threads,
    implementation: udp,
    inheritedCount,
  };
  const sockets = await openPacketSockets(wanted, log);
  stack.defer(() => sockets.close());
  return sockets;
}

/** Before anything is written or a thread is started. */
async function giveUpRoot(configuration: Configuration, { log }: ProcessParts): Promise<void> {
  const { user, group } = configuration.nameserver ?? {};
  if (user === undefined) {
    if (isRoot()) log.warn('runs as root; set nameserver.user, or start it as another user');
    return;
  }
  const account = await findAccount(user, group);
  const { data, admin } = configuration;
  if (isRoot()) await prepareData(data, [join(data, 'store'), admin.apiKeyFile], account);
  await dropPrivileges(account, log);
}

async function startThreads(
  served: {
    sockets: PacketSockets;
    nameserver: NameserverConfiguration;
    image: ImageWriter;
    cookies: ConfiguredCookieSecrets;
    metrics: ServerMetrics;
    tlsCredentials: TlsCredentials | undefined;
  },
  { log, random }: ProcessParts,
  stack: AsyncDisposableStack,
): Promise<PacketThreads> {
  const { sockets, nameserver, image, cookies, metrics, tlsCredentials } = served;
  const threads = await startThreadsOn(sockets, {
    answerer: makeAnswererStart(nameserver, image.image, cookies.memory, random),
    proxies: nameserver.proxies,
    slowHandler: countTransferRefusals(metrics),
    clock: { kind: 'system' },
    tlsCredentials,
    log,
  });
  stack.defer(() => threads.close());
  return threads;
}

function watchServed(
  zones: ZoneDb,
  threads: PacketThreads,
  { clock, random, log }: ProcessParts,
  stack: AsyncDisposableStack,
): ServedWatch {
  const watch = new ServedWatch({
    servers: threads.listen,
    clock,
    random,
    onSeen: (zone, serial, address, atMs) =>
      zones.receipts.seen(zone, serial, address, atMs, threads.listen.length),
    onGivenUp: (apex, serial, address) =>
      log.error(
        { zone: formatName(apex), serial, address },
        'a published change is not being answered: is the address served by another process?',
      ),
  });
  stack.defer(() => watch.close());
  return watch;
}

function backupExtras(configuration: Configuration): BackupExtra[] {
  return [configuration.admin.apiKeyFile, configuration.file].map((path) => ({
    name: basename(path).toLowerCase(),
    read: () => createReadStream(path),
  }));
}

async function startAdmin(
  configuration: Configuration,
  served: {
    zones: ZoneDb;
    store: LevelStore;
    threads: PacketThreads;
    backups: BackupAdapter;
    registry: Registry;
    version: string;
  },
  parts: ProcessParts,
  stack: AsyncDisposableStack,
): Promise<void> {
  const { log, clock, random } = parts;
  const { zones, store, threads, backups, registry, version } = served;
  const { apiKeyFile, listen } = configuration.admin;
  const { key, made, exposed } = await loadApiKey(apiKeyFile, random);
  if (made) log.info({ path: apiKeyFile }, 'made an API key');
  if (exposed) log.warn({ path: apiKeyFile }, 'others may read the API key: chmod 600 it');
  const addresses = threads.listen.map((address) => formatListenAddress(address));
  const identity = configuration.nameserver?.identity ?? UNNAMED;
  const admin = await startAdminServer({
    ...parts,
    listen: { host: listen.address, port: listen.port },
    version,
    authenticator: adminKeyAuthenticator(key),
    metrics: registry,
    health: new ServerHealth(zones, store, threads.listen, random),
    ports: {
      zones: new ZoneAdapter(zones, clock),
      receipts: new ReceiptAdapter(zones, addresses, identity),
      events: new EventAdapter(zones),
      backups,
      statistics: async () => [],
    },
  });
  stack.defer(() => admin.close());
}
