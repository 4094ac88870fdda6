/**
 * Brings a backup back as a new data folder. Nothing is ever overwritten: the target must be absent
 * or empty, everything is built beside it under another name, read back from the new store and
 * compared, synced, and only then renamed into place. A backup that is damaged in any part leaves
 * nothing behind.
 *
 *     TARGET.restoring/ (store/, extras) -> verified -> renamed to TARGET/
 */
import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { syncFolder } from '#base/atomic-file.ts';
import { errorCode, errorMessage } from '#base/coded-error.ts';
import { formatDigest } from '../digest.ts';
import type { KeyValueReader } from '../key-value-store.ts';
import { openLevelStore, STORE_LAYOUT_VERSION } from '../level-store.ts';
import type { BackupLocation } from '../locations/location.ts';
import { BackupError } from './backup-error.ts';
import { type BackupManifest, type BackupPart, damaged } from './manifest.ts';
import { describeBackup, readManifest, readPart, STORE_PART } from './read-backup.ts';
import { emptyTotals, readRows, writeRows } from './row-stream.ts';
import type { DescribeRows } from './run-backup.ts';
import { checkTotals } from './verify-backup.ts';

export interface RestoreOptions {
  readonly location: BackupLocation;
  /** From `findBackup`. */
  readonly id: string;
  /** The data folder to make: absent or empty. */
  readonly into: string;
  /** Where in it the store goes; extras lie beside it under their names. */
  readonly storeFolder: string;
  readonly describe: DescribeRows;
}

/**
 * Resolves to the manifest of what was restored. Errors: `RESTORE_TARGET` (not empty, cannot be
 * written), `BACKUP_NOT_FOUND`, `BACKUP_DAMAGED`, `BACKUP_FORMAT`, `BACKUP_LOCATION`.
 */
export async function restoreBackup(options: RestoreOptions): Promise<BackupManifest> {
  const into = resolve(options.into);
  const manifest = await readManifest(options.location, options.id);
  const where = describeBackup(options.location, options.id);
  checkManifest(where, manifest);
  const draft = `${into}.restoring`;
  await prepareTarget(into, draft);
  try {
    await fillDraft(draft, manifest, options);
    await syncTree(draft);
    await rename(draft, into);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
  await syncFolder(dirname(into));
  return manifest;
}

/** Refuses what this program could not restore rightly, or into a path outside the target. */
function checkManifest(where: string, manifest: BackupManifest): void {
  if (manifest.storeLayoutVersion !== STORE_LAYOUT_VERSION) {
    throw new BackupError(
      'BACKUP_FORMAT',
      `${where} has store layout version ${manifest.storeLayoutVersion}, this program knows ` +
        `${STORE_LAYOUT_VERSION}: use the Holdfast that wrote it`,
    );
  }
  for (const part of manifest.parts) {
    if (!/^[a-z0-9][a-z0-9._-]*$/.test(part.name)) {
      throw damaged(where, `it names a part ${JSON.stringify(part.name)}`);
    }
  }
  if (!manifest.parts.some((part) => part.name === STORE_PART)) {
    throw damaged(where, 'it has no rows');
  }
}

async function prepareTarget(into: string, draft: string): Promise<void> {
  const found = await readdir(into).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return [];
    throw targetError(into, errorMessage(error));
  });
  if (found.length > 0) throw targetError(into, 'it is not empty');
  try {
    await mkdir(dirname(into), { recursive: true });
    await mkdir(draft, { mode: 0o700 });
  } catch (error) {
    const isThere = errorCode(error) === 'EEXIST';
    throw targetError(draft, isThere ? 'a killed restore left it: remove it' : errorMessage(error));
  }
}

async function fillDraft(
  draft: string,
  manifest: BackupManifest,
  options: RestoreOptions,
): Promise<void> {
  const { location } = options;
  const signal = new AbortController().signal;
  for (const part of manifest.parts) {
    const content = readPart(location, manifest, part, signal);
    if (part.name === STORE_PART) await restoreStore(draft, manifest, content, options);
    else await restoreExtra(draft, part, content);
  }
}

async function restoreExtra(
  draft: string,
  part: BackupPart,
  content: AsyncIterable<Uint8Array>,
): Promise<void> {
  await pipeline(content, createWriteStream(join(draft, part.name), { flags: 'wx', mode: 0o600 }));
}

async function restoreStore(
  draft: string,
  manifest: BackupManifest,
  content: AsyncIterable<Uint8Array>,
  options: RestoreOptions,
): Promise<void> {
  const where = describeBackup(options.location, manifest.id);
  const folder = join(draft, options.storeFolder);
  const store = await openLevelStore(folder);
  try {
    const read = emptyTotals();
    for await (const rows of readRows(content, read, where)) await store.writeBulk(rows);
    await store.write([]);
    checkTotals(where, manifest, read);
    await compareRestored(where, manifest, store, options.describe);
  } finally {
    await store.close();
  }
}

/** Reads the new store from its first row to its last: what counts is what it gives back. */
async function compareRestored(
  where: string,
  manifest: BackupManifest,
  store: KeyValueReader,
  describe: DescribeRows,
): Promise<void> {
  const found = emptyTotals();
  for await (const frame of writeRows(store, found)) void frame;
  const facts = await describe(store);
  const isSame =
    found.rows === manifest.rows &&
    formatDigest(found.digest) === manifest.digest &&
    sortedJson(facts) === sortedJson(manifest.facts);
  if (!isSame) {
    throw new BackupError(
      'RESTORE_DIFFERS',
      `the store restored from ${where} does not read back as the backup: nothing was put in ` +
        'place; check the disk and restore again, or use another backup',
    );
  }
}

function sortedJson(facts: object): string {
  return JSON.stringify(Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Everything under `folder` on disk, folders included. */
async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await syncTree(path);
    else if (entry.name !== 'LOCK') await syncFile(path);
  }
  await syncFolder(folder);
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function targetError(path: string, what: string): BackupError {
  return new BackupError(
    'RESTORE_TARGET',
    `${path}: ${what}; restore into a folder that is empty or does not exist`,
  );
}
