/**
 * The tables of a LevelDB, each block held against its checksum: before LevelDB opens them, and
 * while it has them open. LevelDB as we run it compares none, and a flipped bit in the index of a
 * table hides rows, or shows those of before, without a word; no row can tell. Tables are written
 * once and then only removed, so they may be read beside LevelDB; those that the manifest does not
 * name are half written or on their way out, and are nobody's.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '#base/coded-error.ts';
import { buildCrc32cTable, type Crc32cTable } from './crc32c.ts';
import type { CheckedFile } from './key-value-store.ts';
import { readLiveTables } from './level-manifest.ts';
import { findTableDamage } from './level-table.ts';

/** Each table of a LevelDB that is open, or of which nothing is known but its folder. */
export async function* checkTables(folder: string): AsyncGenerator<CheckedFile> {
  const crcTable = buildCrc32cTable();
  const names = await readdir(folder);
  const live = await findLiveTables(folder, names, crcTable);
  for (const name of names.filter((other) => isLiveTable(other, live))) {
    const path = join(folder, name);
    const file = await readTable(path);
    if (file === undefined) continue;
    const damage = findTableDamage(crcTable, file);
    yield { path, octets: file.length, ...(damage !== undefined && { damage }) };
  }
}

/** `undefined` for one that LevelDB has removed since the folder was listed. */
async function readTable(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Numbers of the tables in use, without those that a killed process had begun; `undefined`: not
 * known, because what CURRENT names is not there or is not understood.
 */
async function findLiveTables(
  folder: string,
  names: readonly string[],
  crcTable: Crc32cTable,
): Promise<Set<number> | undefined> {
  const current = (await readFile(join(folder, 'CURRENT'), 'utf8')).trimEnd();
  if (!names.includes(current)) return undefined;
  return readLiveTables(crcTable, await readFile(join(folder, current)));
}

function isLiveTable(name: string, live: ReadonlySet<number> | undefined): boolean {
  return isTable(name) && live?.has(Number.parseInt(name, 10)) !== false;
}

export function isTable(name: string): boolean {
  return name.endsWith('.ldb') || name.endsWith('.sst');
}
