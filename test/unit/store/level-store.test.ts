import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { utf8 } from '#base/bytes.ts';
import { buildKey, KEYSPACE, u32Key, wholeRange } from '#store/keyspace.ts';
import { openLevelStore } from '#store/level-store.ts';
import { numberedRow } from '../../kit/numbered-row.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { readAllRows, temporaryStore } from '../../kit/temporary-store.ts';

const COUNT = 3000;

describe('a store', () => {
  it('gives back what was written, after closing and opening too', async () => {
    const folder = await temporaryFolder();
    const store = await openLevelStore(folder);
    await store.write(Array.from({ length: COUNT }, (_, index) => numberedRow(index)));
    await store.write([{ key: numberedRow(7).key, delete: true }]);
    await store.close();
    const again = await temporaryStore(folder);
    expect(await again.get(numberedRow(8).key)).toEqual(new Uint8Array(numberedRow(8).value));
    expect(await again.get(numberedRow(7).key)).toBeUndefined();
    const many = await again.getMany([numberedRow(1).key, numberedRow(7).key]);
    expect(many.map((value) => value !== undefined)).toEqual([true, false]);
    expect(await readAllRows(again)).toHaveLength(COUNT - 1);
  });

  it('reads ranges in key order, from the end too, up to a limit', async () => {
    const store = await temporaryStore();
    await store.write(Array.from({ length: COUNT }, (_, index) => numberedRow(COUNT - 1 - index)));
    const [from, to] = [numberedRow(10).key, numberedRow(2500).key];
    const up = (await collect(store.range(from, to))).map(rowNumber);
    expect(up).toEqual(Array.from({ length: 2490 }, (_, index) => index + 10));
    const down = (await collect(store.range(from, to, { reverse: true, limit: 3 }))).map(rowNumber);
    expect(down).toEqual([2499, 2498, 2497]);
    expect(await collect(store.range(from, to, { limit: 1500 }))).toHaveLength(1500);
    expect(await collect(store.range(from, to, { limit: 0 }))).toHaveLength(0);
    expect(await collect(store.range(to, from))).toHaveLength(0);
  });

  it('makes the writes of one call all visible or none', async () => {
    const store = await temporaryStore();
    const key = numberedRow(1).key;
    const writer = (async () => {
      for (let version = 0; version < 50; version++) {
        await store.write([numberedRow(1, version), numberedRow(2, version)]);
      }
    })();
    for (let look = 0; look < 50; look++) {
      const snapshot = store.snapshot();
      const [one, two] = await snapshot.getMany([key, numberedRow(2).key]);
      expect(versionOf(one)).toBe(versionOf(two));
      await snapshot.close();
    }
    await writer;
  });

  it('shows a snapshot nothing of what is written later', async () => {
    const store = await temporaryStore();
    await store.write([numberedRow(1), numberedRow(2)]);
    const snapshot = store.snapshot();
    await store.write([
      numberedRow(1, 1),
      numberedRow(3),
      { key: numberedRow(2).key, delete: true },
    ]);
    expect((await readAllRows(snapshot)).map(rowNumber)).toEqual([1, 2]);
    expect(versionOf(await snapshot.get(numberedRow(1).key))).toBe('0');
    expect((await readAllRows(store)).map(rowNumber)).toEqual([1, 3]);
    await snapshot.close();
  });

  it('refuses a folder that another process has open, by name', async () => {
    const store = await temporaryStore();
    const script =
      `import { openLevelStore } from '#store/level-store.ts';` +
      `await openLevelStore(${JSON.stringify(store.folder)}).catch((error) => console.log(error.code, error.message));`;
    const other = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      cwd: join(import.meta.dirname, '../../..'),
    });
    expect(other.stdout).toContain('STORE_LOCKED');
    expect(other.stdout).toContain(store.folder);
    await store.write([numberedRow(1)]);
  });

  it('refuses a layout version that it does not know', async () => {
    const folder = await temporaryFolder();
    const store = await openLevelStore(folder);
    await store.write([{ key: buildKey(KEYSPACE.layout), value: u32Key(999) }]);
    await store.close();
    await expect(openLevelStore(folder)).rejects.toMatchObject({ code: 'STORE_LAYOUT' });
    await expect(openLevelStore(folder)).rejects.toThrow('999');
  });

  it('refuses a path that is no folder', async () => {
    const path = join(await temporaryFolder(), 'file');
    await writeFile(path, 'occupied');
    await expect(openLevelStore(path)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  it('refuses everything once it is closed', async () => {
    const store = await temporaryStore();
    await store.close();
    await expect(store.write([numberedRow(1)])).rejects.toMatchObject({ code: 'STORE_CLOSED' });
    await expect(store.get(numberedRow(1).key)).rejects.toMatchObject({ code: 'STORE_CLOSED' });
    const { from, to } = wholeRange();
    await expect(collect(store.range(from, to))).rejects.toMatchObject({ code: 'STORE_CLOSED' });
  });

  it('finishes writes under way before it closes', async () => {
    const folder = await temporaryFolder();
    const store = await openLevelStore(folder);
    const writes = Array.from({ length: 20 }, (_, index) => store.write([numberedRow(index)]));
    await store.close();
    await Promise.all(writes);
    expect(await readAllRows(await temporaryStore(folder))).toHaveLength(20);
  });

  it('holds keys and values of any octets', async () => {
    const store = await temporaryStore();
    const key = buildKey(
      KEYSPACE.node,
      Uint8Array.from({ length: 256 }, (_, octet) => octet),
    );
    const value = Uint8Array.from({ length: 512 }, (_, at) => 255 - (at & 255));
    await store.write([{ key, value }]);
    expect(await store.get(key)).toEqual(new Uint8Array(value));
    await store.write([{ key, value: utf8('') }]);
    expect(await store.get(key)).toHaveLength(0);
  });
});

async function collect<T>(chunks: AsyncIterable<T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const chunk of chunks) all.push(...chunk);
  return all;
}

function rowNumber(row: { key: Uint8Array }): number {
  return Buffer.from(row.key).readUInt32BE(1);
}

function versionOf(value: Uint8Array | undefined): string | undefined {
  return value && Buffer.from(value).toString().split(' ')[3];
}
