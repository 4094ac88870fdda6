/**
 * Octets flipped in a table of a store that is open. LevelDB compares no checksum: where a key or an
 * index is hit, rows are said not to be there, and nothing is raised. The files themselves tell,
 * which the scrubber reads, and every backup before it copies a row.
 */
import { cp, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { errorCode } from '#base/coded-error.ts';
import { type Random, seededRandom } from '#base/random.ts';
import { buildKey, KEYSPACE } from '#store/keyspace.ts';
import { type LevelStore, openLevelStore } from '#store/level-store.ts';
import { backupFixture, runBackup } from '../../kit/backup-fixture.ts';
import { readEnvironmentNumber } from '../../kit/environment-number.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const SEED = readEnvironmentNumber('HOLDFAST_SEED', 20_261_122);
const TRIALS = readEnvironmentNumber('HOLDFAST_FLIPS', 40);
const ROWS = 3000;
/** It ends in padding that nobody reads. */
const FOOTER_OCTETS = 48;

/** Mostly key, and nothing that Snappy makes smaller, because it would notice. */
const KEYS = Array.from({ length: ROWS }, (_, index) =>
  buildKey(KEYSPACE.node, seededRandom(index).bytes(40)),
);

/** A store that is closed, with all its rows in one table. */
async function makeTable(folder: string): Promise<void> {
  const store = await openLevelStore(folder);
  await store.write(KEYS.map((key) => ({ key, value: Uint8Array.of(1) })));
  await store.close();
  // Opening makes a table of what the log has.
  await (await openLevelStore(folder)).close();
}

async function flipOctet(folder: string, random: Random): Promise<string> {
  const level = join(folder, 'level');
  const [name = ''] = (await readdir(level)).filter((file) => file.endsWith('.ldb'));
  const path = join(level, name);
  const { size } = await stat(path);
  const at = random.below(size - FOOTER_OCTETS);
  const file = await open(path, 'r+');
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
  buffer[0] ^= 1 + random.below(255);
  await file.write(buffer, 0, 1, at);
  await file.close();
  return path;
}

/** Whether rows are said not to be there. */
async function hidesRows(store: LevelStore): Promise<boolean> {
  for (const key of KEYS) {
    const found = await store.get(key).catch((error: unknown) => String(errorCode(error)));
    if (found === undefined) return true;
  }
  return false;
}

async function damagedFiles(store: LevelStore): Promise<string[]> {
  const snapshot = store.snapshot();
  const damaged: string[] = [];
  for await (const { path, damage } of snapshot.files())
    if (damage !== undefined) damaged.push(path);
  await snapshot.close();
  return damaged;
}

it(`is told by the files, and no backup is made of it, ${TRIALS} times (seed ${SEED})`, async () => {
  const random = seededRandom(SEED);
  const folder = await temporaryFolder();
  const sound = join(folder, 'sound');
  await makeTable(sound);
  let silent = 0;
  for (let trial = 0; trial < TRIALS; trial++) {
    const copy = join(folder, String(trial));
    await cp(sound, copy, { recursive: true });
    const store = await openLevelStore(copy);
    expect(await damagedFiles(store)).toEqual([]);
    const path = await flipOctet(copy, random);
    if (await hidesRows(store)) silent += 1;
    expect(await damagedFiles(store), `trial ${trial}`).toEqual([path]);
    const { options } = await backupFixture(store);
    await expect(runBackup(options)).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
    await store.close();
  }
  expect(silent, 'flips that hid rows without a word').toBeGreaterThan(0);
});
