/** Backups for tests: two directories, facts that count rows, a clock that can be moved. */
import { join } from 'node:path';
import { utf8 } from '#base/bytes.ts';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { seededRandom } from '#base/random.ts';
import type { BackupOptions, DescribeRows } from '#store/backup/run-backup.ts';
import type { LevelStore } from '#store/level-store.ts';
import { DirectoryLocation } from '#store/locations/directory-location.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { readAllRows, temporaryStore } from './temporary-store.ts';

export const countRows: DescribeRows = async (reader) => ({
  rows: (await readAllRows(reader)).length,
});

export interface BackupFixture {
  readonly store: LevelStore;
  /** Folder with the locations `a` and `b`. */
  readonly folder: string;
  readonly a: DirectoryLocation;
  readonly b: DirectoryLocation;
  readonly options: BackupOptions;
  readonly setNow: (iso: string) => void;
}

export async function backupFixture(store?: LevelStore): Promise<BackupFixture> {
  const folder = await temporaryFolder();
  const cell = makeClockCell(Date.parse('2026-11-22T01:00:00Z'));
  const a = new DirectoryLocation('disk-a', join(folder, 'a'));
  const b = new DirectoryLocation('disk-b', join(folder, 'b'));
  const opened = store ?? (await temporaryStore());
  const options: BackupOptions = {
    store: opened,
    locations: [a, b],
    describe: countRows,
    extras: [{ name: 'admin.key', read: () => once('a secret') }],
    keepNewest: 10,
    locationTimeoutMs: 20_000,
    clock: openClock({ kind: 'cell', cell }),
    random: seededRandom(1),
  };
  const setNow = (iso: string): void => setClockCell(cell, Date.parse(iso));
  return { store: opened, folder, a, b, options, setNow };
}

/** A stream of one chunk of text. */
export async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield utf8(text);
}
