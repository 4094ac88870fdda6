/**
 * The offline restore: finds the backup in its location and has the store make a data folder of it,
 * laid out as a name server expects.
 */
import { describeZones } from '#dns/zonedb/describe-zones.ts';
import { findBackup } from '#store/backup/list-backups.ts';
import type { BackupManifest } from '#store/backup/manifest.ts';
import { restoreBackup } from '#store/backup/restore.ts';
import { DirectoryLocation } from '#store/locations/directory-location.ts';
import { STORE_FOLDER } from './data-folder.ts';

/** Where backups lie. */
export interface BackupPlace {
  name: string;
  directory: string;
}

/**
 * @param wanted the backup's id, or the newest that is not younger than `atMs`, or the newest
 * @param into the data folder to make: absent or empty
 * @throws BackupError by the codes that `restoreBackup` and `findBackup` list
 */
export async function restoreData(
  place: BackupPlace,
  wanted: { id?: string; atMs?: number },
  into: string,
): Promise<BackupManifest> {
  const location = new DirectoryLocation(place.name, place.directory);
  const id = await findBackup(location, wanted);
  return restoreBackup({
    location,
    id,
    into,
    storeFolder: STORE_FOLDER,
    describe: describeZones,
  });
}
