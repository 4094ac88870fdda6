/**
 * The parts under the admin API as `holdfast serve` puts them together, without packet threads: a
 * LevelDB store and an image in a folder of their own, the zone database, the real adapters, and
 * backups into two directories. The clock stands still, so that serials by date are known.
 */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type AccessLists, openAccessLists } from '#app/access-lists.ts';
import { BackupAdapter } from '#app/adapters/backup-port.ts';
import { describeRows } from '#app/describe-rows.ts';
import { ZoneRepairs } from '#app/zone-repairs.ts';
import { type Clock, makeClockCell, openClock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { type Random, seededRandom } from '#base/random.ts';
import { ImageWriter } from '#dns/image/image-writer.ts';
import { nameKey, parseName } from '#dns/wire/name.ts';
import { ZoneDb } from '#dns/zonedb/zone-db.ts';
import { BackupRunner } from '#store/backup/backup-runner.ts';
import { type LevelStore, openLevelStore } from '#store/level-store.ts';
import { DirectoryLocation } from '#store/locations/directory-location.ts';
import type { BackupLocation } from '#store/locations/location.ts';
import { extrasOf, keepNewest } from '../backup-fixture.ts';
import { temporaryFolder } from '../temporary-folder.ts';

export const NOW = '2026-11-22T01:00:00.000Z';
/** The serial that the rule DEFAULT gives to a zone's first version at that time. */
export const FIRST_SERIAL = 2_026_112_201;
/** The one name server that is watched, as receipts name it. */
export const WATCHED = { nameserver: 'ns1.example.', address: '127.0.0.1:53' };

const IMAGE_SIZE = 64 << 20;

export interface AdminParts {
  folder: string;
  clock: Clock;
  random: Random;
  image: ImageWriter;
  zones: ZoneDb;
  access: AccessLists;
  backups: BackupAdapter;
  /** By hand alone. */
  repairs: ZoneRepairs;
  locations: BackupLocation[];
  store: LevelStore;
  /** The watched name server was seen serving the zone as it is now. */
  setServed: (zone: string, atMs: number) => void;
  /** A backup location can no longer be read or written. */
  breakLocation: (name: 'disk-1' | 'disk-2') => Promise<void>;
  close: () => Promise<void>;
}

/** Closed when the test ends. */
export async function openAdminParts(): Promise<AdminParts> {
  const folder = await temporaryFolder();
  const clock = openClock({ kind: 'cell', cell: makeClockCell(Date.parse(NOW)) });
  const random = seededRandom(1);
  const store = await openLevelStore(join(folder, 'store'));
  const image = ImageWriter.create({ random, clock, sizeBytes: IMAGE_SIZE });
  const zones = await ZoneDb.open({
    store,
    image,
    clock,
    log: silentLog(),
    onSighting: () => {},
  });
  const stack = new AsyncDisposableStack();
  const access = await openAccessLists(
    { tsigKeys: [] },
    { store, journal: zones.journal },
    { log: silentLog(), random },
    stack,
  );
  const locations = ['disk-1', 'disk-2'].map(
    (name) => new DirectoryLocation(name, join(folder, name)),
  );
  const backups = new BackupAdapter({
    journal: zones.journal,
    locations,
    openMaker: (onOutcome) =>
      new BackupRunner({
        store,
        targets: locations.map((location) => ({ location, retention: keepNewest(10) })),
        describe: describeRows,
        extras: extrasOf(),
        recipients: [],
        locationTimeoutMs: 20_000,
        onOutcome,
        clock,
        random,
      }),
    hasIdentity: false,
    log: silentLog(),
    onOutcome: () => {},
  });
  const config = join(folder, 'holdfast.yaml');
  const places = locations.map(({ name }) => `    - { name: ${name}, directory: ./${name} }`);
  await writeFile(config, ['data: .', 'backup:', '  locations:', ...places, ''].join('\n'));
  const repairs = new ZoneRepairs({
    zones,
    peersOf: () => [],
    refresh: () => undefined,
    copies: { keyring: access.tsigKeys, clock, random },
    backups: { open: async () => locations, config, data: folder },
    log: silentLog(),
  });
  const close = async (): Promise<void> => {
    await stack.disposeAsync();
    await zones.close();
    await store.close();
  };
  onTestFinished(close);
  return {
    folder,
    clock,
    random,
    image,
    zones,
    access,
    backups,
    repairs,
    locations,
    store,
    setServed: (zone, atMs) => {
      const apex = parseName(zone);
      const serial = zones.find(apex)?.row.serial ?? 0;
      zones.receipts.seen(nameKey(apex), serial, WATCHED.address, atMs, 1);
    },
    breakLocation: (name) => replaceByFile(join(folder, name)),
    close,
  };
}

/** A directory that is a file fails for every user, root too. */
async function replaceByFile(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await rm(`${directory}.away`, { recursive: true, force: true });
  await rename(directory, `${directory}.away`);
  await writeFile(directory, 'not a directory');
}
