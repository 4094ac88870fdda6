/**
 * What the mirror is for: LevelDB takes a damaged end of its log for a torn one and drops it, with
 * writes that were acknowledged. Without the mirror the first of these tests would lose a row.
 */
import { cp, readdir, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type LevelStore, openLevelStore } from '#store/level-store.ts';
import { partWrite } from '#store/mirror/mirror-position.ts';
import { numberedRow } from '../../kit/numbered-row.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { readAllRows } from '../../kit/temporary-store.ts';

const ROWS = 50;

/** A store as a killed process leaves it, with a row from each of so many writes. */
async function killedStore(): Promise<string> {
  const folder = await temporaryFolder();
  const live = join(folder, 'live');
  const store = await openLevelStore(live, { mirror: true });
  for (let index = 0; index < ROWS; index++) await store.write([numberedRow(index)]);
  const killed = join(folder, 'killed');
  await cp(live, killed, { recursive: true });
  await store.close();
  return killed;
}

async function findFile(folder: string, end: string): Promise<string> {
  const name = (await readdir(folder)).find((found) => found.endsWith(end));
  return join(folder, name ?? '');
}

async function countRows(folder: string, mirror: boolean): Promise<number> {
  const store: LevelStore = await openLevelStore(folder, { mirror });
  try {
    return (await readAllRows(store)).length;
  } finally {
    await store.close();
  }
}

describe('a store with a mirror', () => {
  it('has every acknowledged write after the end of its log was lost', async () => {
    const folder = await killedStore();
    const log = await findFile(join(folder, 'level'), '.log');
    await truncate(log, Math.floor((await stat(log)).size / 3));
    expect(await countRows(folder, true)).toBe(ROWS);
    await rm(join(folder, 'mirror'), { recursive: true });
    expect(await countRows(folder, true)).toBe(ROWS);
  });

  it('has those after a restore, when the log that it began then vanishes', async () => {
    const live = join(await temporaryFolder(), 'live');
    const restored = await openLevelStore(live);
    for (let index = 0; index < ROWS; index++) await restored.write([numberedRow(index)]);
    await restored.write([await partWrite(restored)]);
    await restored.close();
    const store = await openLevelStore(live, { mirror: true });
    for (let index = ROWS; index < 2 * ROWS; index++) await store.write([numberedRow(index)]);
    const killed = `${live}.killed`;
    await cp(live, killed, { recursive: true });
    await store.close();
    await rm(await findFile(join(killed, 'level'), '.log'));
    expect(await countRows(killed, true)).toBe(2 * ROWS);
  });

  it('has them after all files of LevelDB were lost', async () => {
    const folder = await killedStore();
    await rm(join(folder, 'level'), { recursive: true });
    expect(await countRows(folder, true)).toBe(ROWS);
  });

  it('goes on when the mirror lost its end, and knows that there is a gap', async () => {
    const folder = await killedStore();
    const path = await findFile(join(folder, 'mirror'), '.mirror');
    await truncate(path, Math.floor((await stat(path)).size / 2));
    const store = await openLevelStore(folder, { mirror: true });
    await store.write([numberedRow(ROWS)]);
    const newest = [...(await store.mirrored(() => true)).values()];
    expect(newest.filter(({ isNewest }) => isNewest)).toHaveLength(1);
    expect(newest.length).toBeGreaterThan(ROWS / 3);
    await store.close();
    expect(await countRows(folder, true)).toBe(ROWS + 1);
  });

  it('is refused when its rows are older than all that the mirror has', async () => {
    const folder = await killedStore();
    const old = join(await temporaryFolder(), 'old');
    const store = await openLevelStore(old, { mirror: true });
    await store.close();
    const mirror = join(folder, 'mirror');
    await rm(join(folder, 'level'), { recursive: true });
    await cp(join(old, 'level'), join(folder, 'level'), { recursive: true });
    const limits = { segmentOctetsMax: 100, octetsMax: 400 };
    const wide = await openLevelStore(join(old), { mirror: limits });
    for (let index = 0; index < ROWS; index++) await wide.write([numberedRow(index)]);
    await wide.close();
    await rm(mirror, { recursive: true });
    await cp(join(old, 'mirror'), mirror, { recursive: true });
    await expect(countRows(folder, true)).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
    await expect(countRows(folder, true)).rejects.toThrow(mirror);
    await rm(mirror, { recursive: true });
    expect(await countRows(folder, true)).toBe(0);
  });

  it('does not believe the mirror of another store', async () => {
    const folder = await killedStore();
    const other = join(await temporaryFolder(), 'other');
    const store = await openLevelStore(other, { mirror: true });
    for (let index = 0; index < 2 * ROWS; index++) await store.write([numberedRow(index, 9)]);
    await store.close();
    await rm(join(folder, 'mirror'), { recursive: true });
    await cp(join(other, 'mirror'), join(folder, 'mirror'), { recursive: true });
    expect(await countRows(folder, true)).toBe(ROWS);
  });

  it('begins the mirror of another store anew within the limits that it was given', async () => {
    const folder = await killedStore();
    const other = join(await temporaryFolder(), 'other');
    const limits = { segmentOctetsMax: 500, octetsMax: 2000 };
    const store = await openLevelStore(other, { mirror: true });
    for (let index = 0; index < 2 * ROWS; index++) await store.write([numberedRow(index, 9)]);
    await store.close();
    const mirror = join(folder, 'mirror');
    await rm(mirror, { recursive: true });
    await cp(join(other, 'mirror'), mirror, { recursive: true });
    const again = await openLevelStore(folder, { mirror: limits });
    for (let index = 0; index < ROWS; index++) await again.write([numberedRow(index, 1)]);
    const newest = [...(await again.mirrored(() => true)).values()];
    await again.close();
    expect(newest.length).toBeLessThan(ROWS);
    expect(newest.every(({ isNewest }) => isNewest)).toBe(true);
    const names = await readdir(mirror);
    expect(names.length).toBeGreaterThan(1);
    expect(names).not.toContain('0000000000000001.mirror');
  });

  it('drops the mirror when it is opened without one, after taking what it has', async () => {
    const folder = await killedStore();
    const log = await findFile(join(folder, 'level'), '.log');
    await truncate(log, Math.floor((await stat(log)).size / 3));
    expect(await countRows(folder, false)).toBe(ROWS);
    await expect(stat(join(folder, 'mirror'))).rejects.toThrow('ENOENT');
    expect(await countRows(folder, true)).toBe(ROWS);
  });
});
