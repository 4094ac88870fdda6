import { mkdir, readdir, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { latin1 } from '#base/bytes.ts';
import { silentLog } from '#base/log.ts';
import {
  formatRecord,
  parseHead,
  parseWrites,
  RECORD_HEAD_SIZE,
} from '#store/mirror/mirror-record.ts';
import { WriteMirror } from '#store/mirror/write-mirror.ts';
import { numberedRow } from '../../../kit/numbered-row.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';

const AT_MS = Date.parse('2026-11-22T12:00:00.001Z');
const SMALL = { segmentOctetsMax: 500, octetsMax: 2000 };

async function openMirror(folder: string): Promise<WriteMirror> {
  const mirror = await WriteMirror.open(folder, silentLog(), SMALL);
  onTestFinished(() => mirror.close());
  return mirror;
}

async function add(mirror: WriteMirror, number: number, version = 0): Promise<void> {
  const { octets } = formatRecord(number, AT_MS, [numberedRow(number % 10, version)]);
  await mirror.append(number, octets);
  await mirror.sync();
}

async function numbers(mirror: WriteMirror, after = 0): Promise<number[]> {
  const found: number[] = [];
  for await (const { number } of mirror.batchesAfter(after)) found.push(number);
  return found;
}

async function newestFile(folder: string): Promise<string> {
  return join(folder, (await readdir(folder)).sort().at(-1) ?? '');
}

describe('a record of the mirror', () => {
  it('reads back as the writes that it was made of', () => {
    const writes = [numberedRow(1), { key: numberedRow(2).key, delete: true } as const];
    const { octets } = formatRecord(7, AT_MS, writes);
    expect(parseHead(octets)).toMatchObject({ number: 7, atMs: AT_MS });
    expect(parseWrites(octets.subarray(RECORD_HEAD_SIZE))).toEqual([
      { key: Uint8Array.from(writes[0].key), value: Uint8Array.from(numberedRow(1).value) },
      { key: Uint8Array.from(writes[1].key), delete: true },
    ]);
  });
});

describe('the mirror', () => {
  it('gives back batches of every size, over and across what it reads at a time', async () => {
    const folder = await temporaryFolder();
    const mirror = await WriteMirror.open(folder, silentLog());
    onTestFinished(() => mirror.close());
    const sizes = [10, 700_000, 700_000, 3_000_000, 0, (1 << 20) - 1, 1 << 20, 20];
    const rows = sizes.map((size, at) => ({
      key: numberedRow(at).key,
      value: new Uint8Array(size).fill(at),
    }));
    for (const [at, row] of rows.entries()) {
      await mirror.append(at + 1, formatRecord(at + 1, AT_MS, [row]).octets);
    }
    await mirror.sync();
    const found = [];
    let end = 0;
    for await (const batch of mirror.batchesAfter(0)) {
      found.push(...parseWrites(batch.body));
      expect(batch.end).toBeGreaterThan(end);
      end = batch.end;
    }
    expect(
      found.map(({ key, ...rest }) => [key, 'value' in rest ? rest.value.length : -1]),
    ).toEqual(rows.map(({ key, value }) => [Uint8Array.from(key), value.length]));
    expect(end).toBe((await stat(await newestFile(folder))).size);
  });

  it('goes on in the file that it had, and drops the oldest files at its limit', async () => {
    const folder = await temporaryFolder();
    const first = await openMirror(folder);
    for (let number = 1; number <= 3; number++) await add(first, number);
    await first.close();
    const again = await openMirror(folder);
    expect(again.last).toBe(3);
    await add(again, 4);
    expect(await numbers(again)).toEqual([1, 2, 3, 4]);
    expect(await numbers(again, 2)).toEqual([3, 4]);
    for (let number = 5; number <= 100; number++) await add(again, number);
    const kept = await numbers(again);
    expect(kept[0]).toBe(again.first);
    expect(kept[0]).toBeGreaterThan(50);
    expect(kept.at(-1)).toBe(100);
    let octets = 0;
    for (const name of await readdir(folder)) octets += (await stat(join(folder, name))).size;
    expect(octets).toBeLessThan(SMALL.octetsMax + SMALL.segmentOctetsMax);
  });

  it('loses a torn record and nothing before it, wherever the file was cut', async () => {
    const folder = await temporaryFolder();
    const mirror = await openMirror(folder);
    for (let number = 1; number <= 3; number++) await add(mirror, number);
    await mirror.close();
    const path = await newestFile(folder);
    const { size } = await stat(path);
    const whole = size - formatRecord(3, AT_MS, [numberedRow(3)]).octets.length;
    for (let cut = size - 1; cut > whole; cut -= 7) {
      await truncate(path, cut);
      const torn = await openMirror(folder);
      expect(await numbers(torn)).toEqual([1, 2]);
      await torn.close();
      expect((await stat(path)).size).toBe(whole);
    }
  });

  it('takes back what came after a number, in other files too', async () => {
    const mirror = await openMirror(await temporaryFolder());
    for (let number = 1; number <= 20; number++) await add(mirror, number);
    await mirror.cutAfter(13);
    expect(mirror.last).toBe(13);
    await add(mirror, 14);
    expect((await numbers(mirror)).slice(-2)).toEqual([13, 14]);
  });

  it('knows the newest write of a key, and if one may be missing behind it', async () => {
    const mirror = await openMirror(await temporaryFolder());
    await add(mirror, 1, 1);
    await add(mirror, 11, 2);
    await add(mirror, 12, 0);
    const key = latin1(numberedRow(1).key);
    const whole = await mirror.newest(() => true, 12);
    expect(whole.get(key)).toMatchObject({ write: plain(numberedRow(1, 2)), isNewest: true });
    await add(mirror, 14);
    const gap = await mirror.newest((asked) => latin1(asked) === key, 14);
    expect([...gap.keys()]).toEqual([key]);
    expect(gap.get(key)?.isNewest).toBe(false);
    const behind = await mirror.newest(() => true, 15);
    expect([...behind.values()].map(({ isNewest }) => isNewest)).not.toContain(true);
  });

  it('says that it cannot be written, and does not stand in the way', async () => {
    const folder = join(await temporaryFolder(), 'mirror');
    const mirror = await openMirror(folder);
    await rm(folder, { recursive: true });
    await writeFile(folder, 'occupied');
    await add(mirror, 1);
    expect(mirror.failure?.code).toBe('STORE_MIRROR_FAILED');
    await rm(folder);
    await mirror.cutAfter(1).catch(() => {});
    expect(mirror.last).toBe(0);
  });

  it('sets aside what a process that was killed meanwhile has moved, too', async () => {
    const folder = await temporaryFolder();
    const mirror = await openMirror(folder);
    for (let number = 1; number <= 20; number++) await add(mirror, number);
    await mirror.close();
    const names = (await readdir(folder)).sort();
    // As far as it came.
    const half = names.slice(0, names.length >> 1);
    const draft = join(folder, 'set-aside.new');
    await mkdir(draft);
    for (const name of half) await rename(join(folder, name), join(draft, name));
    const again = await openMirror(folder);
    const aside = await again.setAside();
    expect((await readdir(aside)).sort()).toEqual(names);
    expect(await readdir(folder)).toEqual(['set-aside']);
  });
});

function plain({ key, value }: { key: Uint8Array; value: Uint8Array }) {
  return { key: Uint8Array.from(key), value: Uint8Array.from(value) };
}
