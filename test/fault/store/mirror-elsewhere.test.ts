/** A mirror in a folder of its own, as on a second disk, and stores that change beside it. */
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { latin1 } from '#base/bytes.ts';
import { type LevelStore, openLevelStore } from '#store/level-store.ts';
import { partWrite, readPosition } from '#store/mirror/mirror-position.ts';
import { type MirroredBatch, readBatches } from '#store/mirror/mirror-segment.ts';
import type { MirrorLimits } from '#store/mirror/write-mirror.ts';
import { numberedRow } from '../../kit/numbered-row.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { readAllRows } from '../../kit/temporary-store.ts';

const ROWS = 20;

async function makePlace(mirror: true | MirrorLimits = true) {
  const folder = await temporaryFolder();
  const place = { store: join(folder, 'store'), mirror: join(folder, 'disk-2', 'mirror') };
  const open = (path = place.store): Promise<LevelStore> =>
    openLevelStore(path, { mirror, mirrorFolder: place.mirror });
  return { ...place, folder, open };
}

async function fill(store: LevelStore, from = 0): Promise<void> {
  for (let index = from; index < from + ROWS; index++) await store.write([numberedRow(index)]);
}

async function countRows(store: LevelStore): Promise<number> {
  const rows = await readAllRows(store);
  await store.close();
  return rows.length;
}

describe('a mirror elsewhere', () => {
  it('has what the store lost with its disk', async () => {
    const { store: path, open, mirror } = await makePlace();
    const store = await open();
    await fill(store);
    await store.close();
    expect(await readdir(path)).not.toContain('mirror');
    await rm(path, { recursive: true });
    expect((await readdir(mirror)).filter((name) => name.endsWith('.mirror'))).toHaveLength(1);
    expect(await countRows(await open())).toBe(ROWS);
  });

  it('gets what was mirrored in the folder of the store before', async () => {
    const { store: path, mirror, open } = await makePlace();
    const inside = await openLevelStore(path, { mirror: true });
    await fill(inside);
    await inside.close();
    const moved = await open();
    await fill(moved, ROWS);
    await moved.close();
    expect(await readdir(path)).not.toContain('mirror');
    await rm(join(path, 'level'), { recursive: true });
    await rm(join(path, 'seal'));
    expect(await countRows(await open())).toBe(2 * ROWS);
    expect(await readdir(mirror)).not.toContain('set-aside');
  });

  it.each([
    ['it reaches back to then', true],
    ['it begins later', { segmentOctetsMax: 300, octetsMax: 900 }],
  ] as const)(
    'does not bring the lost past into a restored store, when %s',
    async (_when, limits) => {
      const { store: path, mirror, open, folder } = await makePlace(limits);
      const store = await open();
      await fill(store);
      // As a backup is restored: the rows of then, and that they are restored ones.
      const restored = await openLevelStore(join(folder, 'restored'));
      for await (const rows of store.range(Uint8Array.of(0), Uint8Array.of(0xff))) {
        await restored.writeBulk(rows);
      }
      await restored.write([await partWrite(restored)]);
      await restored.close();
      await fill(store, ROWS);
      await store.close();
      await rm(path, { recursive: true });
      await cp(join(folder, 'restored'), path, { recursive: true });
      const again = await open();
      expect(await readAllRows(again)).toHaveLength(ROWS);
      const names = await readdir(mirror);
      expect(names).toContain('set-aside');
      expect(await readdir(join(mirror, 'set-aside'))).not.toEqual([]);
      await fill(again, 2 * ROWS);
      await again.close();
      expect(await countRows(await open())).toBe(2 * ROWS);
    },
  );

  it('is not shared by two stores', async () => {
    const { open, folder } = await makePlace();
    const store = await open();
    await fill(store);
    await expect(open(join(folder, 'other'))).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    await store.close();
    expect(await countRows(await open())).toBe(ROWS);
  });

  it('that cannot be used ends the opening, which says how to go on without', async () => {
    const { mirror, open, store } = await makePlace();
    await mkdir(dirname(mirror));
    await writeFile(mirror, 'no folder');
    await expect(open()).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('without one by "store.mirror: off"'),
    });
    await (await openLevelStore(store)).close();
  });

  it('shows a gap where the store did without it for a while', async () => {
    const { store: path, mirror, open } = await makePlace();
    const before = await open();
    await fill(before);
    const { number } = await readPosition(before);
    await before.close();
    for (const round of [1, 2]) {
      const bare = await openLevelStore(path);
      await fill(bare, round * ROWS);
      await bare.close();
    }
    const store = await open();
    const last = numberedRow(2 * ROWS);
    await store.write([{ key: last.key, delete: true }]);
    const batches: number[] = [];
    for await (const batch of readBatches(mirror, number)) batches.push(batch.number);
    expect(batches).toHaveLength(1);
    expect(batches[0]).toBeGreaterThan(number + 1);
    const known = await store.mirrored(() => true);
    expect(known.get(latin1(numberedRow(0).key))).toMatchObject({ isNewest: false });
    expect(known.get(latin1(last.key))).toMatchObject({ isNewest: true });
    await store.close();
  });

  it('is gapless where the store was opened without it and not written to', async () => {
    const { store: path, mirror, open } = await makePlace();
    const before = await open();
    await fill(before);
    const { number } = await readPosition(before);
    await before.close();
    await (await openLevelStore(path)).close();
    const store = await open();
    await fill(store, ROWS);
    await store.close();
    const batches: number[] = [];
    for await (const batch of readBatches(mirror, number)) batches.push(batch.number);
    expect(batches[0]).toBe(number + 1);
  });

  it('begins with a batch that every later copy of the store is held against', async () => {
    const { store: path, mirror, open } = await makePlace();
    const bare = await openLevelStore(path);
    await fill(bare);
    await bare.close();
    const store = await open();
    const { number, checksum } = await readPosition(store);
    const batches: MirroredBatch[] = [];
    for await (const batch of readBatches(mirror, 0)) batches.push(batch);
    expect(batches).toMatchObject([{ number, checksum }]);
    await store.close();
  });
});
