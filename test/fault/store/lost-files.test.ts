import { cp, open, readdir, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { utf8 } from '#base/bytes.ts';
import { errorCode } from '#base/coded-error.ts';
import type { Entry } from '#store/key-value-store.ts';
import { openLevelStore } from '#store/level-store.ts';
import { numberedRow } from '../../kit/numbered-row.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { readAllRows, temporaryStore } from '../../kit/temporary-store.ts';

/** A store with a table and a log, copied while it was open: as a killed process leaves it. */
async function killedStore(): Promise<string> {
  const folder = await temporaryFolder();
  const live = join(folder, 'live');
  const first = await openLevelStore(live);
  await first.write(Array.from({ length: 2000 }, (_, index) => numberedRow(index)));
  await first.close();
  const second = await openLevelStore(live);
  await second.write([numberedRow(5000)]);
  await cp(live, join(folder, 'killed'), { recursive: true });
  await second.close();
  return join(folder, 'killed');
}

async function findFile(folder: string, pattern: RegExp): Promise<string> {
  const names = await readdir(join(folder, 'level'));
  return join(folder, 'level', names.find((name) => pattern.test(name)) ?? 'none');
}

async function openAndRead(folder: string): Promise<number> {
  const store = await openLevelStore(folder);
  try {
    return (await readAllRows(store)).length;
  } finally {
    await store.close();
  }
}

describe('a block of a table that cannot be read', () => {
  it('is not stepped over by a range that stops at its limit, from either end', async () => {
    const folder = await temporaryFolder();
    const first = await openLevelStore(folder);
    const value = utf8('easily compressed '.repeat(12));
    const rows = Array.from({ length: 2000 }, (_, index) => ({ ...numberedRow(index), value }));
    await first.write(rows);
    await first.close();
    // Opening moves the rows from the log to a table, which is then damaged under the open store.
    const store = await temporaryStore(folder);
    const table = await open(await findFile(folder, /\.ldb$/), 'r+');
    await table.write(Buffer.alloc(64, 0xff), 0, 64, Math.floor((await table.stat()).size * 0.4));
    await table.close();
    const [from, to] = [numberedRow(0).key, numberedRow(6000).key];
    const fates = new Set<string>();
    for (let index = 1; index < 2000; index += 25) {
      const at = numberedRow(index).key;
      const up = await firstNumber(store.range(at, to, { limit: 1 }));
      const down = await firstNumber(store.range(from, at, { limit: 1, reverse: true }));
      fates.add(up === index ? 'right' : String(up));
      fates.add(down === index - 1 ? 'right' : String(down));
    }
    expect(fates).toEqual(new Set(['right', 'STORE_DAMAGED']));
  });
});

/** The number of the first row of a range, or the code of the error. */
async function firstNumber(chunks: AsyncIterable<Entry[]>): Promise<number | string | undefined> {
  try {
    for await (const [row] of chunks) return Buffer.from(row?.key ?? []).readUInt32BE(1);
    return 'none';
  } catch (error) {
    return errorCode(error);
  }
}

describe('a store without one of its files', () => {
  it.each([
    ['a table', /\.ldb$/],
    ['CURRENT', /^CURRENT$/],
    ['the manifest', /^MANIFEST/],
  ])('is refused when %s is gone, and nothing new is put in its place', async (_name, pattern) => {
    const folder = await killedStore();
    const path = await findFile(folder, pattern);
    await rm(path);
    await expect(openAndRead(folder)).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
    await expect(stat(path)).rejects.toThrow('ENOENT');
    await expect(openAndRead(folder)).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
  });

  it.each([0, 10, 0.5])('is refused when a table is cut to %f of its octets', async (part) => {
    const folder = await killedStore();
    const path = await findFile(folder, /\.ldb$/);
    const { size } = await stat(path);
    await truncate(path, part < 1 ? Math.floor(size * part) : part);
    await expect(openAndRead(folder)).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
  });

  it('starts when only the end of the log is torn, without the write that was under way', async () => {
    const folder = await killedStore();
    const path = await findFile(folder, /\.log$/);
    await truncate(path, (await stat(path)).size - 5);
    expect(await openAndRead(folder)).toBe(2000);
  });

  it('is refused when the log of a closed store is shorter by one octet', async () => {
    const folder = await temporaryFolder();
    const store = await openLevelStore(folder);
    await store.write([numberedRow(1)]);
    await store.close();
    const path = await findFile(folder, /\.log$/);
    await truncate(path, (await stat(path)).size - 1);
    await expect(openAndRead(folder)).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
    await expect(openAndRead(folder)).rejects.toThrow(path);
  });

  it('starts when only the empty database kept for its lock is damaged', async () => {
    const folder = await killedStore();
    await truncate(join(folder, 'lock', 'CURRENT'), 3);
    expect(await openAndRead(folder)).toBe(2001);
  });
});
