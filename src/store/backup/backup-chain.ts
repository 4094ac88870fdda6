/**
 * A backup with all that it builds on: a full one, and the incremental ones from there to it.
 *
 *     full <- incremental <- incremental <- the one asked for
 *
 * Each link is checked twice: the base must have the rows and the digest that the next one was
 * made against, and what comes out at the end must have the count and digest of the last manifest.
 */
import { errorCode } from '#base/coded-error.ts';
import type { Entry } from '../key-value-store.ts';
import type { BackupLocation } from '../locations/location.ts';
import { BackupError } from './backup-error.ts';
import { type BackupManifest, type BackupPart, damaged } from './manifest.ts';
import { overlayRows } from './overlay-rows.ts';
import { readRanges } from './range-list.ts';
import {
  CHANGES_PART,
  describeBackup,
  RANGES_PART,
  type ReadOptions,
  readManifest,
  readPart,
  STORE_PART,
} from './read-backup.ts';
import { emptyTotals, readRows } from './row-stream.ts';

/** Incremental backups between two full ones, at most. */
export const CHAIN_LINKS_MAX = 200;

/**
 * The manifests from the full backup to the one with `id`. Errors: as `readManifest`;
 * `BACKUP_DAMAGED` where a link does not fit, `BACKUP_CHAIN` where one is missing.
 */
export async function readChain(location: BackupLocation, id: string): Promise<BackupManifest[]> {
  const chain = [await readManifest(location, id)];
  for (let { base } = chain[0]; base !== undefined; base = chain[0].base) {
    const where = describeBackup(location, chain[0].id);
    if (chain.length > CHAIN_LINKS_MAX) throw damaged(where, 'it builds on too many others');
    const manifest = await findManifest(location, base.id);
    if (manifest === undefined) {
      throw new BackupError(
        'BACKUP_CHAIN',
        `${where} builds on ${base.id}, which is not there: use another one`,
      );
    }
    if (manifest.rows !== base.rows || manifest.digest !== base.digest) {
      throw damaged(where, `it was not made from ${base.id} as it is there`);
    }
    chain.unshift(manifest);
  }
  return chain;
}

/**
 * The rows of the store at the moment of the last of the chain, in key order. Every part that they
 * come from is checked; the caller compares count and digest. Raises as `readPart`.
 */
export async function readChainRows(
  location: BackupLocation,
  chain: readonly BackupManifest[],
  options: ReadOptions,
): Promise<AsyncIterable<Entry[]>> {
  const [full, ...incrementals] = chain;
  let rows = readPartRows(location, full, STORE_PART, options);
  for (const manifest of incrementals) {
    const where = describeBackup(location, manifest.id);
    const part = partOf(location, manifest, RANGES_PART);
    const ranges = await readRanges(readPart(location, manifest, part, options), where);
    rows = overlayRows(rows, ranges, readPartRows(location, manifest, CHANGES_PART, options));
  }
  return rows;
}

/** @throws BackupError BACKUP_DAMAGED where the manifest does not name it */
export function partOf(
  location: BackupLocation,
  manifest: BackupManifest,
  name: string,
): BackupPart {
  const part = manifest.parts.find((other) => other.name === name);
  if (part !== undefined) return part;
  throw damaged(describeBackup(location, manifest.id), `it has no part ${name}`);
}

function readPartRows(
  location: BackupLocation,
  manifest: BackupManifest,
  name: string,
  options: ReadOptions,
): AsyncIterable<Entry[]> {
  const content = readPart(location, manifest, partOf(location, manifest, name), options);
  return readRows(content, emptyTotals(), describeBackup(location, manifest.id));
}

async function findManifest(
  location: BackupLocation,
  id: string,
): Promise<BackupManifest | undefined> {
  try {
    return await readManifest(location, id);
  } catch (error) {
    if (errorCode(error) === 'BACKUP_NOT_FOUND') return undefined;
    throw error;
  }
}
