/**
 * A seal over a store that was closed in order: the sizes and checksums of LevelDB's small files
 * (CURRENT, manifest, log) and the sizes of its tables. A store that was killed has no seal and may
 * have a torn tail; one with a seal may not differ from it in anything. Without it a flipped bit in
 * the last record of the log or manifest would look like a torn tail, and the last acknowledged
 * write would vanish in silence. The seal is broken (removed) as soon as it has been checked.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder, writeFileAtomic } from '#base/atomic-file.ts';
import { errorCode } from '#base/coded-error.ts';
import { isTable } from './check-tables.ts';
import { StoreError } from './store-error.ts';

interface SealedFile {
  readonly name: string;
  readonly size: number;
  /** Hexadecimal SHA-256, for all but the tables. */
  readonly sha256?: string;
}

/** Writes a seal to `path` over the LevelDB in `folder`, which has just been closed. */
export async function sealStore(folder: string, path: string): Promise<void> {
  const files: SealedFile[] = [];
  for (const name of (await readdir(folder)).filter(isSealed).sort()) {
    files.push(await describeFile(folder, name));
  }
  const text = JSON.stringify(files);
  await writeFileAtomic(path, `${sha256(text)}\n${text}\n`);
}

/**
 * Compares the LevelDB in `folder` with the seal at `path`, if there is one, and removes the seal.
 * Raises `STORE_DAMAGED`, and keeps the seal, if a sealed file is missing or differs; an error of
 * the system if a file cannot be read.
 */
export async function breakSeal(folder: string, path: string): Promise<void> {
  const text = await readFile(path, 'utf8').catch(undefinedIfMissing);
  if (text === undefined) return;
  const [checksum, body = ''] = text.split('\n');
  if (checksum !== sha256(body)) throw damaged(path, 'its checksum is wrong');
  for (const file of JSON.parse(body) as SealedFile[]) await checkFile(folder, file);
  await rm(path);
  await syncFolder(dirname(path));
}

async function checkFile(folder: string, sealed: SealedFile): Promise<void> {
  const found = await describeFile(folder, sealed.name).catch(undefinedIfMissing);
  const path = join(folder, sealed.name);
  if (found === undefined) throw damaged(path, 'it is missing');
  if (found.size !== sealed.size) {
    throw damaged(path, `it has ${found.size} octets, not ${sealed.size}`);
  }
  if (found.sha256 !== sealed.sha256) throw damaged(path, 'its checksum is wrong');
}

async function describeFile(folder: string, name: string): Promise<SealedFile> {
  const path = join(folder, name);
  const { size } = await stat(path);
  return isTable(name) ? { name, size } : { name, size, sha256: sha256(await readFile(path)) };
}

/** A file that is there and may not be read is no damage. */
function undefinedIfMissing(error: unknown): undefined {
  if (errorCode(error) !== 'ENOENT') throw error;
}

function isSealed(name: string): boolean {
  return (
    name === 'CURRENT' || name.startsWith('MANIFEST-') || name.endsWith('.log') || isTable(name)
  );
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function damaged(path: string, what: string): StoreError {
  return new StoreError(
    'STORE_DAMAGED',
    `${path} changed after the store was closed (${what}): restore the store from a backup`,
  );
}
