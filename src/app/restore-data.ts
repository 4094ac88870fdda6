/**
 * The offline restore: finds the backup in its location and has the store make a data folder of it,
 * laid out as a name server expects.
 */
import { describeRows } from '#app/describe-rows.ts';
import { findBackup } from '#store/backup/list-backups.ts';
import type { BackupManifest } from '#store/backup/manifest.ts';
import { restoreBackup } from '#store/backup/restore.ts';
import type { BackupLocation } from '#store/locations/location.ts';
import { STORE_FOLDER } from './data-folder.ts';

export interface RestoreWish {
  readonly location: BackupLocation;
  /** The backup's id, or the newest that is not younger than `atMs`, or the newest. */
  readonly id?: string;
  readonly atMs?: number;
  /** The data folder to make: absent or empty. */
  readonly into: string;
  /** Secret keys of age. */
  readonly identities: readonly string[];
}

/** @throws BackupError by the codes that `restoreBackup` and `findBackup` list */
export async function restoreData(wish: RestoreWish): Promise<BackupManifest> {
  const { location, into, identities } = wish;
  const id = await findBackup(location, wish);
  return restoreBackup({
    location,
    id,
    into,
    storeFolder: STORE_FOLDER,
    describe: describeRows,
    identities,
  });
}
