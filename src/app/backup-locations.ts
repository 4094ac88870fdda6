/**
 * The places that the configuration names for backups, opened: secrets are read here, and the code
 * that speaks to a remote place is loaded only where there is one.
 */
import { readFile } from 'node:fs/promises';
import type {
  BackupConfiguration,
  LocationConfiguration,
  S3Configuration,
  SftpConfiguration,
} from '#app/config/backup-section.ts';
import { CodedError, fileReason } from '#base/coded-error.ts';
import type { Random } from '#base/random.ts';
import type { BackupTarget } from '#store/backup/location-lane.ts';
import { DirectoryLocation } from '#store/locations/directory-location.ts';
import type { BackupLocation } from '#store/locations/location.ts';

/** @throws CodedError BACKUP_SECRET_FILE for a secret that cannot be read */
export async function openTargets(
  { locations, ...defaults }: BackupConfiguration,
  random: Random,
): Promise<BackupTarget[]> {
  return Promise.all(
    locations.map(async (place) => ({
      location: await openLocation(place, random),
      retention: {
        keep: place.keep ?? defaults.keep,
        daily: place.daily ?? defaults.daily,
        weekly: place.weekly ?? defaults.weekly,
        monthly: place.monthly ?? defaults.monthly,
      },
    })),
  );
}

/** @throws CodedError BACKUP_SECRET_FILE for a secret that cannot be read */
export async function openLocation(
  { name, directory, s3, sftp }: Pick<LocationConfiguration, 'name' | 'directory' | 's3' | 'sftp'>,
  random: Random,
): Promise<BackupLocation> {
  if (s3 !== undefined) return openS3(name, s3, random);
  if (sftp !== undefined) return openSftp(name, sftp);
  return new DirectoryLocation(name, directory ?? '');
}

/** Secret keys of age in a file as `age-keygen` writes it. @throws CodedError BACKUP_SECRET_FILE */
export async function readIdentities(path: string): Promise<string[]> {
  const lines = (await readSecret(path)).split('\n').map((line) => line.trim());
  const identities = lines.filter((line) => line.startsWith('AGE-SECRET-KEY-'));
  if (identities.length > 0) return identities;
  throw new CodedError('BACKUP_SECRET_FILE', `${path}: it holds no identity of age`);
}

async function openS3(
  name: string,
  { accessKeyFile, secretFile, prefix = '', ...options }: S3Configuration,
  random: Random,
): Promise<BackupLocation> {
  const { S3Location } = await import('#store/locations/s3-location.ts');
  const accessKey = await readSecret(accessKeyFile);
  const secret = await readSecret(secretFile);
  return new S3Location(name, { ...options, prefix, accessKey, secret, random });
}

async function openSftp(
  name: string,
  { keyFile, passwordFile, ...options }: SftpConfiguration,
): Promise<BackupLocation> {
  const { SftpLocation } = await import('#store/locations/sftp-location.ts');
  return new SftpLocation(name, {
    ...options,
    ...(keyFile !== undefined && { privateKey: `${await readSecret(keyFile)}\n` }),
    ...(passwordFile !== undefined && { password: await readSecret(passwordFile) }),
  });
}

/** Without white space around it. */
async function readSecret(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    throw new CodedError(
      'BACKUP_SECRET_FILE',
      `${path}: cannot read this secret of a backup location: ${fileReason(error)}`,
      { cause: error },
    );
  }
}
