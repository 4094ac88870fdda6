/**
 * Contents of zones from the newest backup of a location, which is restored into a scratch folder
 * for that, in a process of its own, as far as there is room.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { contentFromBackup } from '#dns/zonedb/backup-content.ts';
import type { ContentSource } from '#dns/zonedb/repair-zone.ts';
import { BackupError } from '#store/backup/backup-error.ts';
import { findBackup } from '#store/backup/list-backups.ts';
import { openLevelStore } from '#store/level-store.ts';
import type { BackupLocation } from '#store/locations/location.ts';
import { REPAIR_FOLDER, STORE_FOLDER } from './data-folder.ts';
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
  const scratch = join(data, REPAIR_FOLDER, location.name);
  const restore = { config, location: location.name, id, data, scratch, signal };
  return withRestored(restore, async (why) => {
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
