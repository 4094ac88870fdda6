/**
 * What a location holds, by the manifests alone: cheap, and blind to damage inside the parts.
 */
import { errorCode, errorMessage } from '#base/coded-error.ts';
import type { BackupLocation } from '../locations/location.ts';
import { BackupError } from './backup-error.ts';
import { readBackupId } from './backup-id.ts';
import type { BackupManifest } from './manifest.ts';
import { readError, readManifest } from './read-backup.ts';

/** Of manifests, which are a few kilobytes each: tens of thousands of backups. */
const LISTING_OCTETS_MAX = 128 << 20;

export interface BackupListing {
  readonly location: string;
  /** Backups whose manifest is sound, newest first. */
  readonly backups: readonly BackupManifest[];
  /** Backups whose manifest is not, and why; newest first. */
  readonly damaged: readonly { readonly id: string; readonly message: string }[];
  /** Ids of sets without a manifest: being written, or left by a run that was cut short. */
  readonly incomplete: readonly string[];
}

/** Raises `BACKUP_LOCATION` if the place cannot be read; folders that are not ours are skipped. */
export async function listBackups(location: BackupLocation): Promise<BackupListing> {
  const backups: BackupManifest[] = [];
  const damaged: { id: string; message: string }[] = [];
  const incomplete: string[] = [];
  let octets = 0;
  for (const id of await listIds(location)) {
    try {
      const manifest = await readManifest(location, id);
      backups.push(manifest);
      octets += JSON.stringify(manifest).length;
      if (octets > LISTING_OCTETS_MAX) throw tooMany(location);
    } catch (error) {
      if (errorCode(error) === 'BACKUP_LOCATION') throw error;
      if (errorCode(error) === 'BACKUP_NOT_FOUND') incomplete.push(id);
      else damaged.push({ id, message: errorMessage(error) });
    }
  }
  return { location: location.name, backups, damaged, incomplete };
}

/** The backups on both sides of a moment; the same one twice if it was taken at that moment. */
export interface BackupsAround {
  /** The newest that is not younger. */
  readonly earlier: BackupManifest | undefined;
  /** The oldest that is not older. */
  readonly later: BackupManifest | undefined;
}

/** Raises as `listBackups`; backups with a damaged manifest are passed over. */
export async function findAround(location: BackupLocation, atMs: number): Promise<BackupsAround> {
  const { backups } = await listBackups(location);
  return {
    earlier: backups.find(({ at }) => Date.parse(at) <= atMs),
    later: backups.findLast(({ at }) => Date.parse(at) >= atMs),
  };
}

/**
 * The backup to restore: the one with `id`, or the newest. Raises `BACKUP_NOT_FOUND`; a damaged one
 * is never skipped in silence but refused when it is read, so `id` finds those too.
 */
export async function findBackup(
  location: BackupLocation,
  wanted: { readonly id?: string },
): Promise<string> {
  if (wanted.id !== undefined) return wanted.id;
  const [found] = await listComplete(location);
  if (found !== undefined) return found;
  throw new BackupError('BACKUP_NOT_FOUND', `${location.name} holds no backup`);
}

/** Ids of sets with a manifest, sound or not, newest first. */
async function listComplete(location: BackupLocation): Promise<string[]> {
  const listing = await listBackups(location);
  const ids = [...listing.backups, ...listing.damaged].map((backup) => backup.id);
  return ids.sort().reverse();
}

function tooMany({ name }: BackupLocation): BackupError {
  return new BackupError(
    'BACKUP_LOCATION',
    `${name} has manifests of more than ${LISTING_OCTETS_MAX >> 20} MiB: remove what is no ` +
      'backup of this server',
  );
}

async function listIds(location: BackupLocation): Promise<string[]> {
  try {
    const ids = await location.listIds();
    return ids
      .filter((id) => readBackupId(id) !== undefined)
      .sort()
      .reverse();
  } catch (error) {
    throw readError(location.name, error);
  }
}
