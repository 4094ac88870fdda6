/**
 * Reading a backup back: its manifest, and the octets of a part with everything checked on the way
 * that can be (size, SHA-256, age's and zstd's own checksums). Verifying and restoring both read
 * through here.
 */

import { CodedError, errorCode, errorMessage } from '#base/coded-error.ts';
import { type BackupLocation, MANIFEST_NAME } from '../locations/location.ts';
import { LocationError } from '../locations/location-error.ts';
import { BackupError } from './backup-error.ts';
import { type BackupManifest, type BackupPart, damaged, parseManifest } from './manifest.ts';
import { decompress, decrypt, Meter } from './part-stream.ts';

/** A manifest is a few kilobytes; a file beyond this is not one. */
const MANIFEST_OCTETS_MAX = 1 << 20;

/** The part of a full backup that holds the rows; see row-stream.ts. */
export const STORE_PART = 'store';
/** The parts of an incremental one: range-list.ts, and the rows that are there now. */
export const RANGES_PART = 'ranges';
export const CHANGES_PART = 'changes';
/** What was written since the backup before; log-part.ts. */
export const LOG_PART = 'log';

const ROW_PARTS: ReadonlySet<string> = new Set([STORE_PART, RANGES_PART, CHANGES_PART, LOG_PART]);

/** The parts that are rows of the store; all others are files that went along. */
export function isRowPart({ name }: Pick<BackupPart, 'name'>): boolean {
  return ROW_PARTS.has(name);
}

export interface ReadOptions {
  /** Ends the reading. */
  readonly signal?: AbortSignal;
  /** Secret keys of age for parts that are encrypted. */
  readonly identities?: readonly string[];
}

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

/**
 * The octets of a part as they were before it was compressed and encrypted. Raises as
 * `readManifest`, at the latest at the end; `BACKUP_IDENTITY` where no identity opens it.
 */
export async function* readPart(
  location: BackupLocation,
  manifest: BackupManifest,
  part: BackupPart,
  { signal = new AbortController().signal, identities = [] }: ReadOptions = {},
): AsyncGenerator<Uint8Array> {
  const where = describePart(location, manifest, part);
  const isSealed = part.file.endsWith('.age');
  if (isSealed && identities.length === 0) {
    throw new BackupError(
      'BACKUP_IDENTITY',
      `${where} is encrypted: name the file of an identity that opens it (--identity)`,
    );
  }
  const meter = new Meter();
  let rawSize = 0;
  try {
    const stored = meter.pass(readAtMost(location, manifest, part));
    const opened = isSealed ? decrypt(stored, identities) : stored;
    const raw = decompress(opened, signal);
    for await (const chunk of raw) {
      rawSize += chunk.length;
      if (rawSize > part.rawSize) break;
      yield chunk;
    }
  } catch (error) {
    if (isSealed && !(error instanceof LocationError))
      await exhaust(readStored(location, manifest, part));
    throw isSealed && isUnopened(error) ? unopened(where, error) : readError(where, error);
  }
  if (rawSize !== part.rawSize || meter.size !== part.size || meter.sha256() !== part.sha256) {
    throw partDamaged(where);
  }
}

/**
 * The octets of a part as the location has them, held against size and SHA-256: all that can be
 * said without an identity. Raises as `readManifest`.
 */
export async function* readStored(
  location: BackupLocation,
  manifest: BackupManifest,
  part: BackupPart,
): AsyncGenerator<Uint8Array> {
  const where = describePart(location, manifest, part);
  const meter = new Meter();
  try {
    yield* meter.pass(readAtMost(location, manifest, part));
  } catch (error) {
    throw readError(where, error);
  }
  if (meter.size !== part.size || meter.sha256() !== part.sha256) throw partDamaged(where);
}

/** A place that goes on without an end must not be followed there. */
async function* readAtMost(
  location: BackupLocation,
  manifest: BackupManifest,
  part: BackupPart,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of location.readFile(manifest.id, part.file)) {
    size += chunk.length;
    if (size > part.size) throw partDamaged(describePart(location, manifest, part));
    yield chunk;
  }
}

/** Reads to the end for what reading checks. */
export async function exhaust(content: AsyncIterable<unknown>): Promise<void> {
  for await (const chunk of content) void chunk;
}

/** A location's error as one that says where and what to do; coded errors pass. */
export function readError(where: string, error: unknown): CodedError {
  if (error instanceof CodedError && !(error instanceof LocationError)) return error;
  const code = errorCode(error) ?? '';
  if (code === 'ENOENT' || code === 'LOCATION_MISSING')
    return damaged(where, 'a file of it is missing', error);
  if (code.startsWith('ZSTD_') || code.startsWith('Z_') || code.startsWith('ERR_ZSTD')) {
    return damaged(where, errorMessage(error), error);
  }
  return new BackupError('BACKUP_LOCATION', `${where} cannot be read: ${errorMessage(error)}`, {
    cause: error,
  });
}

function describePart(
  location: BackupLocation,
  manifest: BackupManifest,
  part: BackupPart,
): string {
  return `${describeBackup(location, manifest.id)}, part ${part.name},`;
}

function partDamaged(where: string): BackupError {
  return damaged(where, 'its size or SHA-256 is not that of the manifest');
}

/** What age says when none of the identities is one of the recipients. */
function isUnopened(error: unknown): boolean {
  return errorMessage(error).includes('no identity matched');
}

function unopened(where: string, cause: unknown): BackupError {
  return new BackupError('BACKUP_IDENTITY', `${where} is encrypted to other recipients`, { cause });
}
