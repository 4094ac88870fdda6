/**
 * Opening LevelDB without giving it a chance to make things worse. LevelDB would create an empty
 * database over the files of one whose CURRENT is lost, replay a log around its holes, and delete
 * what it does not know; and it compares no checksum of its tables, which ends in wrong keys or
 * in the abort of the process. So every file is checked first, and only a folder that is empty or
 * sound is handed over. `repair` is never called: it keeps flipped bytes and can lose files. The
 * caller holds the folder's lock (folder-lock.ts).
 */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Level } from 'level';
import { errorCode, errorMessage } from '#base/coded-error.ts';
import { checkTables, isTable } from './check-tables.ts';
import { breakSeal } from './close-seal.ts';
import { buildCrc32cTable } from './crc32c.ts';
import { findLogHole } from './level-log.ts';
import { StoreError } from './store-error.ts';

/** Keys and values in the text form of octet-text.ts. */
export type LevelDatabase = Level;

/** Memory: two write buffers, the cache, and the index of each open table. */
const LEVEL_OPTIONS = {
  keyEncoding: 'utf8',
  valueEncoding: 'utf8',
  writeBufferSize: 8 << 20,
  maxFileSize: 8 << 20,
  cacheSize: 8 << 20,
  blockSize: 16 << 10,
  // Threads of this process may share it (lent-store.ts).
  multithreading: true,
};

/** What was opened, and whether this created it. */
export interface OpenedLevel {
  readonly level: LevelDatabase;
  readonly isNew: boolean;
}

/**
 * Opens or creates the database in `folder`, checked against its seal. Errors: `STORE_DAMAGED`
 * naming the file, `STORE_LOCKED`, `STORE_UNAVAILABLE` if the folder cannot be used at all.
 */
export async function openLevel(folder: string, sealPath: string): Promise<OpenedLevel> {
  const names = await listFolder(folder);
  const isNew = !names.some(holdsRows);
  try {
    await breakSeal(folder, sealPath);
    if (!isNew) await checkFolder(folder, names);
  } catch (error) {
    throw error instanceof StoreError ? error : openError(folder, error);
  }
  return { level: await openUnchecked(folder, isNew), isNew };
}

/** Opens what another thread of this process has open, and only that. Errors: as `openLevel`. */
export async function openShared(folder: string): Promise<LevelDatabase> {
  return openUnchecked(folder, false);
}

async function openUnchecked(folder: string, createIfMissing: boolean): Promise<LevelDatabase> {
  const level: LevelDatabase = new Level(folder, { ...LEVEL_OPTIONS, createIfMissing });
  try {
    await level.open();
  } catch (error) {
    throw openError(folder, error);
  }
  return level;
}

/** What the system says of files that are sound and cannot be used, to us and to LevelDB. */
const REFUSALS = /permission|not permitted|read-only|no space|quota|too many open files/i;

/** The error for a failed `open` of LevelDB, or of one of its files. */
export function openError(folder: string, error: unknown): StoreError {
  const cause = error instanceof Error ? error.cause : undefined;
  const message = errorMessage(cause ?? error);
  if (errorCode(cause) === 'LEVEL_LOCKED') {
    return new StoreError(
      'STORE_LOCKED',
      `${folder} is in use by another process: stop it, or give this one a data folder of its own`,
      { cause: error },
    );
  }
  // First, because such a message may name any file: a backup would not help against it.
  const isRefused = REFUSALS.test(message);
  const isDamage = errorCode(cause) === 'LEVEL_CORRUPTION' || /CURRENT|MANIFEST/.test(message);
  if (isDamage && !isRefused) return damaged(folder, message, error);
  const remedy = isRefused ? '; correct the permissions, make room, or mount it writable' : '';
  return new StoreError('STORE_UNAVAILABLE', `${folder} cannot be opened: ${message}${remedy}`, {
    cause: error,
  });
}

/** Raises `STORE_DAMAGED` unless every octet that LevelDB may read is what was written. */
async function checkFolder(folder: string, names: string[]): Promise<void> {
  if (!names.includes('CURRENT')) throw damaged(join(folder, 'CURRENT'), 'it is missing');
  const crcTable = buildCrc32cTable();
  for (const name of names.filter(isLogFormat)) {
    const path = join(folder, name);
    const hole = findLogHole(crcTable, await readFile(path));
    if (hole !== undefined) throw damaged(path, `a record at octet ${hole} fails its checksum`);
  }
  for await (const { path, damage } of checkTables(folder)) {
    if (damage !== undefined) throw damaged(path, damage);
  }
}

async function listFolder(folder: string): Promise<string[]> {
  try {
    await mkdir(folder, { recursive: true });
    return await readdir(folder);
  } catch (error) {
    throw new StoreError(
      'STORE_UNAVAILABLE',
      `${folder} cannot be used: ${errorMessage(error)}; check the path and its permissions`,
      { cause: error },
    );
  }
}

function isLogFormat(name: string): boolean {
  return name.endsWith('.log') || name.startsWith('MANIFEST-');
}

/**
 * LevelDB creates its first manifest, CURRENT and its first log, in this order: a process killed
 * in between leaves a manifest alone, which nothing was ever written to.
 */
function holdsRows(name: string): boolean {
  return name === 'CURRENT' || name.endsWith('.log') || isTable(name);
}

function damaged(path: string, what: string, cause?: unknown): StoreError {
  return new StoreError(
    'STORE_DAMAGED',
    `${path} is damaged (${what}): keep the folder for inspection and restore from a backup`,
    { cause },
  );
}
