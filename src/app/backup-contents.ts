/**
 * Contents of zones from the newest backup of a location, which is restored into a scratch folder
 * for that, in a process of its own. It takes as much room as the store has, so as much again must
 * be left: a repair must not be what fills the disk.
 */
import { readdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { contentFromBackup } from '#dns/zonedb/backup-content.ts';
import type { ContentSource } from '#dns/zonedb/repair-zone.ts';
import { BackupError } from '#store/backup/backup-error.ts';
import { findBackup } from '#store/backup/list-backups.ts';
import { openLevelStore } from '#store/level-store.ts';
import type { BackupLocation } from '#store/locations/location.ts';
import { STORE_FOLDER } from './data-folder.ts';
import { withRestored } from './restore-process.ts';

/** Where backups are looked for, and where there is room to restore them. */
export interface BackupPlaces {
  /** Opened when they are needed. @throws CodedError BACKUP_SECRET_FILE */
  open: () => Promise<readonly BackupLocation[]>;
  /** The configuration file that names them. */
  config: string;
  /** The data folder; the scratch folder is made in it. */
  data: string;
}

const REPAIR_FOLDER = 'repair';
const OCTETS_PER_MEGABYTE = 1_000_000;

/** Removes what a process that was killed has left. */
export async function clearRepairs(data: string): Promise<void> {
  await rm(join(data, REPAIR_FOLDER), { recursive: true, force: true });
}

/**
 * @throws BackupError BACKUP_NOT_FOUND, or REPAIR_RESTORE where it cannot be restored; what `use`
 *   throws
 */
export async function withNewestBackup<T>(
  location: BackupLocation,
  { config, data }: Pick<BackupPlaces, 'config' | 'data'>,
  signal: AbortSignal,
  use: (content: ContentSource) => Promise<T>,
): Promise<T> {
  const id = await findBackup(location, {});
  await checkRoom(data);
  const scratch = join(data, REPAIR_FOLDER, location.name);
  return withRestored({ config, location: location.name, id, scratch, signal }, async (why) => {
    const name = `backup ${id} of ${location.name}`;
    if (why !== undefined) throw new BackupError('REPAIR_RESTORE', `${name}: ${why}`);
    const store = await openLevelStore(join(scratch, STORE_FOLDER));
    try {
      return await use(contentFromBackup(name, store));
    } finally {
      await store.close();
    }
  });
}

/** @throws BackupError REPAIR_RESTORE */
async function checkRoom(data: string): Promise<void> {
  let octets = 0;
  const store = join(data, STORE_FOLDER);
  for (const name of await readdir(store, { recursive: true })) {
    // LevelDB removes files at any time.
    const found = await stat(join(store, name)).catch(() => undefined);
    if (found?.isFile() === true) octets += found.size;
  }
  const { bavail, bsize } = await statfs(data);
  if (bavail * bsize >= 2 * octets) return;
  const needed = Math.ceil((2 * octets) / OCTETS_PER_MEGABYTE);
  throw new BackupError(
    'REPAIR_RESTORE',
    `${data} has no room to restore a backup: ${needed} MB must be free; make room`,
  );
}
