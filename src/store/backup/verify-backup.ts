/**
 * Reads backups back and compares them with their manifests: sizes and SHA-256 of every part,
 * zstd's checksums, every row's checksum and order, row count and digest. Parts that are encrypted
 * and for which there is no identity are held against size and SHA-256 only. What it cannot know is
 * whether the octets came from the disk or from the system's cache of it; restore drills and a
 * verify on another day are for that.
 */
import { errorCode } from '#base/coded-error.ts';
import { addRow, formatDigest } from '../digest.ts';
import type { Entry } from '../key-value-store.ts';
import type { BackupLocation } from '../locations/location.ts';
import { partOf, readChain, readChainRows } from './backup-chain.ts';
import { type LoggedBatch, readLog } from './log-part.ts';
import { type BackupManifest, damaged, isEncrypted } from './manifest.ts';
import {
  CHANGES_PART,
  describeBackup,
  exhaust,
  LOG_PART,
  type ReadOptions,
  readManifest,
  readPart,
  readStored,
  STORE_PART,
} from './read-backup.ts';
import { emptyTotals, type RowTotals, readRows } from './row-stream.ts';

/** Codes of a backup that is not there any more, or not all of it. */
const GONE: ReadonlySet<string> = new Set(['BACKUP_NOT_FOUND', 'BACKUP_CHAIN']);

/** A backup with a log, and the one that the log goes on from. */
export interface LoggedBackup {
  readonly manifest: BackupManifest;
  readonly before: BackupManifest;
  /** All rows of `before`, in key order; each call reads them anew. */
  readonly rowsBefore: () => Promise<AsyncIterable<Entry[]>>;
  /** The log, likewise. */
  readonly log: () => AsyncIterable<LoggedBatch>;
}

export interface VerifyOptions extends ReadOptions {
  /**
   * The owner of the logged rows: whether the log leads from what they were to what they are.
   * Default: nobody knows.
   */
  readonly checkLog?: (backup: LoggedBackup) => Promise<boolean>;
}

/** The manifest of a backup that is sound with all that it builds on. Errors as `readChain`. */
export async function verifyBackup(
  location: BackupLocation,
  id: string,
  options: VerifyOptions = {},
): Promise<BackupManifest> {
  const chain = await readChain(location, id);
  for (const manifest of chain) await verifyParts(location, manifest, options);
  const last = chain[chain.length - 1];
  if (isUnreadable(last, options)) return last;
  await verifyLog(location, last, options);
  if (chain.length === 1) return last;
  const totals = emptyTotals();
  for await (const rows of await readChainRows(location, chain, options)) {
    for (const { key, value } of rows) addRow(totals.digest, key, value);
    totals.rows += rows.length;
  }
  checkTotals(describeBackup(location, id), last, totals);
  return last;
}

/** Retention may have taken the backup before: its log then leads nowhere, and harms nobody. */
async function verifyLog(
  location: BackupLocation,
  manifest: BackupManifest,
  options: VerifyOptions,
): Promise<void> {
  const { log: base } = manifest;
  if (base === undefined || options.checkLog === undefined) return;
  const where = describeBackup(location, manifest.id);
  const part = partOf(location, manifest, LOG_PART);
  const chain = await readChain(location, base.id).catch((error: unknown) => {
    if (GONE.has(errorCode(error) ?? '')) return undefined;
    throw error;
  });
  const before = chain?.at(-1);
  if (chain === undefined || before === undefined || before.digest !== base.digest) return;
  const isSound = await options.checkLog({
    manifest,
    before,
    rowsBefore: () => readChainRows(location, chain, options),
    log: () => readLog(readPart(location, manifest, part, options), where),
  });
  if (!isSound) throw damaged(where, `its log does not lead from ${base.id} to it`);
}

/** The manifest of a backup whose own parts are sound, whatever it builds on. */
export async function verifyCopy(
  location: BackupLocation,
  id: string,
  options: ReadOptions = {},
): Promise<BackupManifest> {
  const manifest = await readManifest(location, id);
  await verifyParts(location, manifest, options);
  return manifest;
}

async function verifyParts(
  location: BackupLocation,
  manifest: BackupManifest,
  options: ReadOptions,
): Promise<void> {
  const where = describeBackup(location, manifest.id);
  for (const part of manifest.parts) {
    if (isUnreadable(manifest, options)) {
      await exhaust(readStored(location, manifest, part));
      options.signal?.throwIfAborted();
      continue;
    }
    const content = readPart(location, manifest, part, options);
    const totals = emptyTotals();
    const isRows = part.name === STORE_PART || part.name === CHANGES_PART;
    if (part.name === LOG_PART) await exhaust(readLog(content, where));
    else await exhaust(isRows ? readRows(content, totals, where) : content);
    if (part.name === STORE_PART) checkTotals(where, manifest, totals);
  }
}

function isUnreadable(manifest: BackupManifest, { identities = [] }: ReadOptions): boolean {
  return isEncrypted(manifest) && identities.length === 0;
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
