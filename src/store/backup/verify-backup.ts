/**
 * Reads a whole backup and compares it with its manifest: sizes and SHA-256 of every part, zstd's
 * checksums, every row's checksum and order, row count and digest. What it cannot know is whether
 * the octets came from the disk or from the system's cache of it; restore drills and a verify on
 * another day are for that.
 */

import { formatDigest } from '../digest.ts';
import type { BackupLocation } from '../locations/location.ts';
import { type BackupManifest, damaged } from './manifest.ts';
import { describeBackup, readManifest, readPart, STORE_PART } from './read-backup.ts';
import { emptyTotals, type RowTotals, readRows } from './row-stream.ts';

/** The manifest of a backup that is sound. Errors as `readManifest` says. */
export async function verifyBackup(
  location: BackupLocation,
  id: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<BackupManifest> {
  const manifest = await readManifest(location, id);
  const where = describeBackup(location, id);
  const totals = emptyTotals();
  for (const part of manifest.parts) {
    const content = readPart(location, manifest, part, signal);
    if (part.name === STORE_PART) await exhaust(readRows(content, totals, where));
    else await exhaust(content);
  }
  checkTotals(where, manifest, totals);
  return manifest;
}

/** Raises `BACKUP_DAMAGED` unless the rows read are those that the manifest counted. */
export function checkTotals(where: string, manifest: BackupManifest, totals: RowTotals): void {
  if (totals.rows !== manifest.rows || formatDigest(totals.digest) !== manifest.digest) {
    throw damaged(
      where,
      `it holds ${totals.rows} rows, not those ${manifest.rows} of its manifest`,
    );
  }
}

async function exhaust(content: AsyncIterable<unknown>): Promise<void> {
  for await (const chunk of content) void chunk;
}
