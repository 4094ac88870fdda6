/**
 * Reading a backup back: its manifest, and the octets of a part with everything checked on the way
 * that can be (size, SHA-256, zstd's own checksum). Verifying and restoring both read through here.
 */
import { CodedError, errorCode, errorMessage } from '#base/coded-error.ts';
import { type BackupLocation, MANIFEST_NAME } from '../locations/location.ts';
import { BackupError } from './backup-error.ts';
import { type BackupManifest, type BackupPart, damaged, parseManifest } from './manifest.ts';
import { decompress, Meter } from './part-stream.ts';

/** A manifest is a few kilobytes; a file beyond this is not one. */
const MANIFEST_OCTETS_MAX = 1 << 20;

/** The part of every backup that holds the rows; see row-stream.ts. */
export const STORE_PART = 'store';

/** How messages name a backup. */
export function describeBackup(location: BackupLocation, id: string): string {
  return `backup ${id} in ${location.name}`;
}

/**
 * Errors: `BACKUP_NOT_FOUND` (no such set, or one without a manifest), `BACKUP_DAMAGED`,
 * `BACKUP_FORMAT`, `BACKUP_LOCATION` if the place cannot be read.
 */
export async function readManifest(location: BackupLocation, id: string): Promise<BackupManifest> {
  const where = describeBackup(location, id);
  try {
    if (!(await location.hasFile(id, MANIFEST_NAME))) {
      throw new BackupError(
        'BACKUP_NOT_FOUND',
        `${where}: there is none (\`holdfast backup list\` tells what is where)`,
      );
    }
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of location.readFile(id, MANIFEST_NAME)) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MANIFEST_OCTETS_MAX) throw damaged(where, 'its manifest is too long');
    }
    const manifest = parseManifest(Buffer.concat(chunks).toString('utf8'), where);
    if (manifest.id !== id) throw damaged(where, `its manifest is that of ${manifest.id}`);
    return manifest;
  } catch (error) {
    throw readError(where, error);
  }
}

/** The octets of a part, uncompressed. Raises as `readManifest`, at the latest at the end. */
export async function* readPart(
  location: BackupLocation,
  manifest: BackupManifest,
  part: BackupPart,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const where = `${describeBackup(location, manifest.id)}, part ${part.name},`;
  const meter = new Meter();
  let rawSize = 0;
  try {
    const stored = meter.pass(location.readFile(manifest.id, part.file));
    for await (const chunk of decompress(stored, signal)) {
      rawSize += chunk.length;
      if (rawSize > part.rawSize) break;
      yield chunk;
    }
  } catch (error) {
    throw readError(where, error);
  }
  if (rawSize !== part.rawSize || meter.size !== part.size || meter.sha256() !== part.sha256) {
    throw damaged(where, 'its size or SHA-256 is not that of the manifest');
  }
}

/** A location's error as one that says where and what to do; coded errors pass. */
export function readError(where: string, error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  const code = errorCode(error) ?? '';
  if (code === 'ENOENT') return damaged(where, 'a file of it is missing', error);
  if (code.startsWith('ZSTD_') || code.startsWith('Z_') || code.startsWith('ERR_ZSTD')) {
    return damaged(where, errorMessage(error), error);
  }
  return new BackupError('BACKUP_LOCATION', `${where} cannot be read: ${errorMessage(error)}`, {
    cause: error,
  });
}
