/** Backups for tests: two directories, facts that count rows, a clock that can be moved. */
import { join } from 'node:path';
import { utf8 } from '#base/bytes.ts';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { seededRandom } from '#base/random.ts';
import {
  type BackupOutcome,
  BackupRunner,
  type BackupRunnerOptions,
  type DescribeRows,
} from '#store/backup/backup-runner.ts';
import type { BackupKind } from '#store/backup/manifest.ts';
import type { Retention } from '#store/backup/prune-backups.ts';
import type { BackupExtra } from '#store/backup/write-copy.ts';
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
  readonly options: BackupRunnerOptions;
  readonly setNow: (iso: string) => void;
}

export async function backupFixture(store?: LevelStore): Promise<BackupFixture> {
  const folder = await temporaryFolder();
  const cell = makeClockCell(Date.parse('2026-11-22T01:00:00Z'));
  const a = new DirectoryLocation('disk-a', join(folder, 'a'));
  const b = new DirectoryLocation('disk-b', join(folder, 'b'));
  const opened = store ?? (await temporaryStore());
  const options: BackupRunnerOptions = {
    store: opened,
    targets: [a, b].map((location) => ({ location, retention: keepNewest(10) })),
    describe: countRows,
    extras: extrasOf({ name: 'admin.key', read: () => once('a secret') }),
    recipients: [],
    locationTimeoutMs: 20_000,
    clock: openClock({ kind: 'cell', cell }),
    random: seededRandom(1),
  };
  const setNow = (iso: string): void => setClockCell(cell, Date.parse(iso));
  return { store: opened, folder, a, b, options, setNow };
}

/** A run of its own: every location gets a copy, and a failed one is not tried again. */
export async function runBackup(
  options: BackupRunnerOptions,
  kind: BackupKind = 'full',
): Promise<BackupOutcome> {
  const runner = new BackupRunner(options);
  try {
    return await runner.run(kind);
  } finally {
    await runner.close();
  }
}

/** The files that go along. */
export function extrasOf(...files: BackupExtra[]): BackupRunnerOptions['extras'] {
  return async () => ({ files, leftOut: [] });
}

/** Retention that keeps so many full backups and nothing older. */
export function keepNewest(keep: number): Retention {
  return { keep, daily: 0, weekly: 0, monthly: 0 };
}

/** A stream of one chunk of text. */
export async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield utf8(text);
}
