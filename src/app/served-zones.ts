/**
 * The zones of a name server, from the store to the image, and who watches them being served: the
 * part of `holdfast serve` that changes go through.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Registry } from 'prom-client';
import { isAnsweredPlainly, pickChanged } from '#app/adapters/changed-rrset.ts';
import type { ServerMetrics } from '#app/adapters/server-metrics.ts';
import { LOOK_INTERVAL_MS, UpdateClocks } from '#app/adapters/update-clocks.ts';
import type { Configuration } from '#app/config/configuration.ts';
import { refuseLostStore } from '#app/damaged-store.ts';
import { SNAPSHOT_FILE, STORE_FOLDER } from '#app/data-folder.ts';
import type { ProcessParts } from '#app/running-process.ts';
import { errorCode, errorMessage } from '#base/coded-error.ts';
import { ImageWriter, type RestoredImage } from '#dns/image/image-writer.ts';
import type { ImageAnswers } from '#dns/transfer/request-router.ts';
import { ServedWatch, type ServedWatchOptions } from '#dns/transfer/served-watch.ts';
import { formatName, nameKey } from '#dns/wire/name.ts';
import { ZoneDb } from '#dns/zonedb/zone-db.ts';
import { importZoneFolder } from '#dns/zonedb/zone-folder.ts';
import { type LevelStore, openLevelStore } from '#store/level-store.ts';

/** How often memory of the image that no reader can see any more is freed, and for how long. */
const RECLAIM_INTERVAL_MS = 50;
const RECLAIM_BUDGET_MS = 2;

type ServersOf = ServedWatchOptions['serversOf'];

export interface WatchSurroundings {
  serversOf: ServersOf;
  /** Of the image. */
  answers: Pick<ImageAnswers, 'answer'>;
  registry: Registry;
}

export interface ServedZones {
  store: LevelStore;
  image: ImageWriter;
  zones: ZoneDb;
  /** Imports what is new in a folder of master files. @throws ZoneFolderError */
  importFolder: (folder: string | undefined) => Promise<void>;
  /** From now on changes are looked for at the servers of their zone until each has them. */
  watchServers: (surroundings: WatchSurroundings) => void;
}

/** Everything opened is disposed of with `stack`. @throws StoreError, ImageError */
export async function openServedZones(
  configuration: Configuration,
  metrics: ServerMetrics,
  parts: ProcessParts,
  stack: AsyncDisposableStack,
): Promise<ServedZones> {
  const { clock, log } = parts;
  const store = await openStore(configuration, parts, stack);
  const snapshot = join(configuration.data, SNAPSHOT_FILE);
  const { image, contents } = await openImage(snapshot, parts);
  startReclaim(image, stack);
  let watch: ServedWatch | undefined;
  const zones = await ZoneDb.open({
    store,
    image,
    restored: contents,
    journal: configuration.store.journal,
    clock,
    log,
    onSighting: (source, receivedAtMs, atMs) => {
      metrics.updated(source, 'served', receivedAtMs, atMs);
    },
  });
  zones.subscribe((publication) => {
    const { apex, serial, edits, source } = publication;
    const { receivedAtMs, durableAtMs, publishedAtMs } = publication;
    metrics.updated(source, 'durable', receivedAtMs, durableAtMs);
    metrics.updated(source, 'published', receivedAtMs, publishedAtMs);
    watch?.watch(apex, serial, pickChanged(edits));
  });
  stack.defer(async () => {
    await zones.close();
    await zones.saveImage(snapshot);
  });
  return {
    store,
    image,
    zones,
    importFolder: async (folder) => {
      if (folder !== undefined) await importZoneFolder({ ...parts, zones, store, folder });
    },
    watchServers: (surroundings) => {
      watch = watchServed(zones, surroundings, parts, stack);
    },
  };
}

async function openStore(
  configuration: Configuration,
  { clock, log }: ProcessParts,
  stack: AsyncDisposableStack,
): Promise<LevelStore> {
  const { data } = configuration;
  await refuseLostStore(configuration);
  // Keys and zones: nobody else's business, unless the folder was made to be shared.
  await mkdir(data, { recursive: true, mode: 0o750 });
  const { mirror, mirrorDirectory } = configuration.store;
  const opened = await openLevelStore(join(data, STORE_FOLDER), {
    mirror: mirror === 'on',
    ...(mirrorDirectory !== undefined && { mirrorFolder: mirrorDirectory }),
    recovers: true,
    clock,
    log,
  });
  stack.defer(() => opened.close());
  return opened;
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

function watchServed(
  zones: ZoneDb,
  { serversOf, answers, registry }: WatchSurroundings,
  { clock, random, log }: ProcessParts,
  stack: AsyncDisposableStack,
): ServedWatch {
  const watch = new ServedWatch({
    serversOf,
    clock,
    random,
    onSeen: (apex, serial, address, atMs) => {
      const serversAll = serversOf(apex).length;
      zones.receipts.seen(nameKey(apex), serial, address, atMs, serversAll);
    },
    isComparable: (changed) => isAnsweredPlainly(changed, answers),
    onGivenUp: (apex, serial, address) =>
      log.error({ zone: formatName(apex), serial, address }, `${address} never served a change`),
  });
  stack.defer(() => watch.close());
  const unwatch = zones.watchZones(({ kind, apex }) => {
    if (kind === 'removed') watch.forget(apex);
  });
  stack.defer(unwatch);
  const late = (): ReturnType<ServedWatch['late']> => watch.late();
  const waitingSinceMs = (): number | undefined => zones.waitingSinceMs;
  const clocks = new UpdateClocks({ late, waitingSinceMs, registry, clock, log });
  const timer = setInterval(() => clocks.look(), LOOK_INTERVAL_MS);
  stack.defer(() => clearInterval(timer));
  return watch;
}
