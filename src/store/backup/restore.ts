/**
 * Brings a backup back as a new data folder. Nothing is ever overwritten: the target must be absent
 * or empty, everything is built beside it under another name, read back from the new store and
 * compared, synced, and only then renamed into place. A backup that is damaged in any part leaves
 * nothing behind.
 *
 *     TARGET.restoring/ (store/, extras) -> verified -> renamed to TARGET/
 *
 * The store that comes out goes on with a copy of the mirror that it was brought on by; without, it
 * takes none that it may meet for its own.
 */
import { createWriteStream } from 'node:fs';
import { lstat, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { syncFile, syncFolder } from '#base/atomic-file.ts';
import { errorCode, errorMessage } from '#base/coded-error.ts';
import { formatDigest } from '../digest.ts';
import type { KeyValueReader, KeyValueStore } from '../key-value-store.ts';
import { type LevelStore, openLevelStore, STORE_LAYOUT_VERSION } from '../level-store.ts';
import type { BackupLocation } from '../locations/location.ts';
import { copyMirror } from '../mirror/copy-mirror.ts';
import { partWrite, readPosition } from '../mirror/mirror-position.ts';
import { mirrorPath } from '../store-files.ts';
import { type AppliedMirror, type ApplyOptions, applyMirror } from './apply-mirror.ts';
import { readChain, readChainRows } from './backup-chain.ts';
import { BackupError } from './backup-error.ts';
import type { DescribeRows } from './backup-runner.ts';
import type { BackupManifest, BackupPart } from './manifest.ts';
import { describeBackup, isRowPart, readPart } from './read-backup.ts';
import { emptyTotals, writeRows } from './row-stream.ts';

export interface RestoreOptions {
  readonly location: BackupLocation;
  /** From `findBackup`. */
  readonly id: string;
  /** The data folder to make: absent or empty. */
  readonly into: string;
  /** Where in it the store goes; extras lie beside it under their names. */
  readonly storeFolder: string;
  readonly describe: DescribeRows;
  /** Secret keys of age, for backups that are encrypted. */
  readonly identities?: readonly string[];
  /**
   * Changes the store once it was found to be the backup's, before it is put in place.
   * @param scratch folder that may be used, and is removed afterwards
   * @param applied what came of `mirror`
   */
  readonly adjust?: (
    store: KeyValueStore,
    manifest: BackupManifest,
    scratch: string,
    applied: AppliedMirror | undefined,
  ) => Promise<void>;
  /** Of the store that was lost: what it has after the backup comes too, before `adjust`. */
  readonly mirror?: ApplyOptions;
  /** Brings the extras to their places in the new folder, before it is synced and put in place. */
  readonly arrange?: (folder: string) => Promise<void>;
}

/** Where a restored store comes from. */
export type RestoreSource = Pick<RestoreOptions, 'location' | 'describe' | 'identities'>;

const SCRATCH_FOLDER = 'scratch';

/**
 * Resolves to the manifest of what was restored. Errors: `RESTORE_TARGET` (not empty, cannot be
 * written), `RESTORE_DIFFERS`, and those of `readChain` and `readPart`.
 */
export async function restoreBackup(options: RestoreOptions): Promise<BackupManifest> {
  const into = resolve(options.into);
  const chain = await readChain(options.location, options.id);
  for (const manifest of chain)
    checkManifest(describeBackup(options.location, manifest.id), manifest);
  const draft = `${into}.restoring`;
  await prepareTarget(into, draft);
  try {
    await fillDraft(draft, chain, options);
    await syncTree(draft);
    await rename(draft, into).catch((error: unknown) => {
      throw targetError(into, errorMessage(error));
    });
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
  await syncFolder(dirname(into));
  return chain[chain.length - 1];
}

/** Refuses what this program could not restore rightly. */
function checkManifest(where: string, manifest: BackupManifest): void {
  if (manifest.storeLayoutVersion !== STORE_LAYOUT_VERSION) {
    throw new BackupError(
      'BACKUP_FORMAT',
      `${where} has store layout version ${manifest.storeLayoutVersion}, this program knows ` +
        `${STORE_LAYOUT_VERSION}: use the Holdfast that wrote it`,
    );
  }
}

async function prepareTarget(into: string, draft: string): Promise<void> {
  const found = await readdir(into).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return [];
    throw targetError(into, errorMessage(error));
  });
  if (found.length > 0) throw targetError(into, 'it is not empty');
  await demandReplaceable(into);
  try {
    await mkdir(dirname(into), { recursive: true });
    await mkdir(draft, { mode: 0o700 });
  } catch (error) {
    const isThere = errorCode(error) === 'EEXIST';
    throw targetError(draft, isThere ? 'a killed restore left it: remove it' : errorMessage(error));
  }
}

/** What cannot be renamed over is said before hours of work, and not after them. */
async function demandReplaceable(into: string): Promise<void> {
  const there = await lstat(into).catch(() => undefined);
  if (there === undefined) return;
  if (there.isSymbolicLink()) throw targetError(into, 'it is a link');
  const { dev } = await stat(dirname(into));
  if (there.dev !== dev) throw targetError(into, 'a disk is mounted there: name a folder in it');
}

async function fillDraft(
  draft: string,
  chain: readonly BackupManifest[],
  options: RestoreOptions,
): Promise<void> {
  const { location, identities = [], storeFolder, mirror, adjust, arrange } = options;
  const manifest = chain[chain.length - 1];
  let store = await restoreStore(join(draft, storeFolder), chain, options);
  try {
    const scratch = join(draft, SCRATCH_FOLDER);
    const applied = mirror && (await applyMirror(store, mirror));
    if (mirror !== undefined) store = await takeMirror(store, mirror.folder);
    await adjust?.(store, manifest, scratch, applied);
    await rm(scratch, { recursive: true, force: true });
    if (mirror === undefined) await store.write([await partWrite(store)]);
  } finally {
    await store.close();
  }
  for (const part of manifest.parts) {
    if (isRowPart(part)) continue;
    await restoreExtra(draft, part, readPart(location, manifest, part, { identities }));
  }
  await arrange?.(draft);
}

/**
 * Opens the store anew with a copy of the mirror as its own, so that the next restore still gets
 * from an earlier backup to there and on.
 */
async function takeMirror(store: LevelStore, mirrorFolder: string): Promise<LevelStore> {
  const { number } = await readPosition(store);
  await store.write([]);
  await store.close();
  await copyMirror(mirrorFolder, mirrorPath(store.folder), number);
  return openLevelStore(store.folder, { mirror: true });
}

async function restoreExtra(
  draft: string,
  part: BackupPart,
  content: AsyncIterable<Uint8Array>,
): Promise<void> {
  await pipeline(content, createWriteStream(join(draft, part.name), { flags: 'wx', mode: 0o600 }));
}

/**
 * A store with the rows of a chain, read back and found to be what its last manifest says. The
 * caller closes it. Errors as `restoreBackup`; the folder is then the caller's to remove.
 * @param chain from `readChain`
 */
export async function restoreStore(
  folder: string,
  chain: readonly BackupManifest[],
  { location, identities = [], describe }: RestoreSource,
): Promise<LevelStore> {
  const manifest = chain[chain.length - 1];
  const where = describeBackup(location, manifest.id);
  const store = await openLevelStore(folder);
  try {
    const rows = await readChainRows(location, chain, { identities });
    for await (const chunk of rows) if (chunk.length > 0) await store.writeBulk(chunk);
    await store.write([]);
    await compareRestored(where, manifest, store, describe);
    return store;
  } catch (error) {
    await store.close();
    throw error;
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
    Object.entries(manifest.facts).every(([name, fact]) => facts[name] === fact);
  if (!isSame) {
    throw new BackupError(
      'RESTORE_DIFFERS',
      `the store restored from ${where} does not read back as the backup: nothing was put in ` +
        'place; check the disk and restore again, or use another backup',
    );
  }
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

function targetError(path: string, what: string): BackupError {
  return new BackupError(
    'RESTORE_TARGET',
    `${path}: ${what}; restore into a folder that is empty or does not exist`,
  );
}
