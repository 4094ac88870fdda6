import { cp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { applyMirror } from '#store/backup/apply-mirror.ts';
import { type LevelStore, openLevelStore } from '#store/level-store.ts';
import { readPosition } from '#store/mirror/mirror-position.ts';
import { numberedRow } from '../../../kit/numbered-row.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';
import { readAllRows } from '../../../kit/temporary-store.ts';

const START_MS = Date.parse('2026-11-22T12:00:00Z');
/** Batches before the copy, and all: a second each. */
const COPIED = 10;
const ALL = 40;
const SMALL = { segmentOctetsMax: 1000, octetsMax: 1 << 20 };

/** A store with a mirror, and a copy of its rows from halfway as a backup would have it. */
async function lostStore(limits = SMALL, timeOf = (at: number) => START_MS + at * 1000) {
  const folder = await temporaryFolder();
  const cell = makeClockCell(START_MS);
  const clock = openClock({ kind: 'cell', cell });
  const store = await openLevelStore(join(folder, 'lost'), { mirror: limits, clock });
  const copy = await openLevelStore(join(folder, 'copy'));
  onTestFinished(() => copy.close());
  for (let at = 1; at <= ALL; at++) {
    setClockCell(cell, timeOf(at));
    await store.write([
      numberedRow(at % 7, at),
      { key: numberedRow((at + 3) % 7).key, delete: true },
    ]);
    if (at !== COPIED) continue;
    for await (const rows of store.range(Uint8Array.of(0), Uint8Array.of(0xff))) {
      await copy.writeBulk(rows);
    }
  }
  const rows = await readAllRows(store);
  await store.close();
  return { folder: join(folder, 'lost', 'mirror'), copy, rows, positionOf };
}

async function positionOf(store: LevelStore): Promise<number> {
  return (await readPosition(store)).number;
}

async function paths(folder: string): Promise<string[]> {
  return (await readdir(folder)).sort().map((name) => join(folder, name));
}

/** Turns one octet at a part of a file. */
async function flip(path: string, part: number): Promise<void> {
  const octets = await readFile(path);
  octets[Math.floor(octets.length * part)] ^= 0x20;
  await writeFile(path, octets);
}

describe('a mirror that is applied to a copy of the store', () => {
  it('makes every batch after the copy again, and only reads', async () => {
    const { folder, copy, rows } = await lostStore();
    const files = await Promise.all((await paths(folder)).map((path) => readFile(path)));
    expect(files.length).toBeGreaterThan(3);
    const applied = await applyMirror(copy, { folder });
    expect(applied).toEqual({ batches: ALL - COPIED, reachedMs: START_MS + ALL * 1000 });
    expect(await readAllRows(copy)).toEqual(rows);
    expect(await Promise.all((await paths(folder)).map((path) => readFile(path)))).toEqual(files);
    expect(await applyMirror(copy, { folder })).toMatchObject({ batches: 0 });
  });

  it('shows each batch before it is written, with those before it in place', async () => {
    const { folder, copy } = await lostStore();
    const seen: number[] = [];
    const before = () => async () => void seen.push(await positionOf(copy));
    await applyMirror(copy, { folder, before });
    const first = seen[0] ?? 0;
    expect(seen).toEqual(Array.from({ length: ALL - COPIED }, (_, at) => first + at));
  });

  it('ends at a moment', async () => {
    const { folder, copy } = await lostStore();
    const applied = await applyMirror(copy, { folder, untilMs: START_MS + 25_500 });
    expect(applied).toEqual({
      batches: 15,
      reachedMs: START_MS + 25_000,
      stopped: 'the next is of 2026-11-22T12:00:26.000Z',
    });
  });

  it('goes as far as when the clock last passed the moment, where it was set back', async () => {
    // Seconds 21 to 40 come twice: with batches 1 to 20, and with 21 to 40.
    const setBack = (at: number) => START_MS + (at <= 20 ? at + 20 : at) * 1000;
    const { folder, copy } = await lostStore(SMALL, setBack);
    const applied = await applyMirror(copy, { folder, untilMs: START_MS + 33_500 });
    expect(applied).toEqual({
      batches: 33 - COPIED,
      reachedMs: START_MS + 33_000,
      stopped: 'the next is of 2026-11-22T12:00:34.000Z',
    });
    const before = await lostStore(SMALL, setBack);
    const none = await applyMirror(before.copy, { folder: before.folder, untilMs: START_MS });
    expect(none).toMatchObject({ batches: 0 });
  });

  it('takes a torn end for what a killed process leaves', async () => {
    const { folder, copy } = await lostStore({ ...SMALL, segmentOctetsMax: 1 << 20 });
    const [path] = await paths(folder);
    await truncate(path, (await readFile(path)).length - 5);
    const applied = await applyMirror(copy, { folder });
    expect(applied).toEqual({ batches: ALL - COPIED - 1, reachedMs: START_MS + (ALL - 1) * 1000 });
  });

  it('stops at a record that is damaged, in the newest file and in others, and says where', async () => {
    for (const limits of [SMALL, { ...SMALL, segmentOctetsMax: 1 << 20 }]) {
      const { folder, copy } = await lostStore(limits);
      const files = await paths(folder);
      await flip(files[Math.floor(files.length / 2)], 0.6);
      const { batches, stopped } = await applyMirror(copy, { folder });
      expect(batches).toBeGreaterThan(0);
      expect(batches).toBeLessThan(ALL - COPIED);
      const reached = await positionOf(copy);
      expect(stopped).toMatch(
        new RegExp(`^batch(es)? ${reached + 1} .*; the next is of 2026-11-22T12:00:`),
      );
    }
  });

  it('stops where a file is missing', async () => {
    const { folder, copy } = await lostStore();
    const files = await paths(folder);
    await rm(files.at(-2) ?? '');
    const { stopped } = await applyMirror(copy, { folder });
    expect(stopped).toMatch(/^batches \d+ to \d+ cannot be read or never came there/);
  });

  it('is refused when it is not the mirror of that store, or does not lead on from it', async () => {
    const { folder, copy } = await lostStore();
    const before = await readAllRows(copy);
    const other = await lostStore();
    const empty = await temporaryFolder();
    const young = join(await temporaryFolder(), 'young');
    await cp(folder, young, { recursive: true });
    for (const path of (await paths(young)).slice(0, -2)) await rm(path);
    const never = await openLevelStore(await temporaryFolder());
    onTestFinished(() => never.close());
    const changed = await openLevelStore(join(await temporaryFolder(), 'changed'), {
      mirror: true,
    });
    for (let at = 1; at <= ALL; at++) await changed.write([numberedRow(at)]);
    await changed.close();
    const mirrors: [string, LevelStore, RegExp][] = [
      [join(changed.folder, 'mirror'), copy, /not the mirror of the backup's store/],
      [empty, copy, /holds no mirror/],
      [join(empty, 'none'), copy, /holds no mirror/],
      [young, copy, /begins with batch \d+, after the backup \(batch 11\)/],
      [folder, never, /made without a mirror/],
    ];
    for (const [mirror, store, message] of mirrors) {
      await expect(applyMirror(store, { folder: mirror })).rejects.toMatchObject({
        code: 'RESTORE_MIRROR',
        message: expect.stringMatching(message),
      });
    }
    expect(await readAllRows(copy)).toEqual(before);
    expect(await readAllRows(copy)).not.toEqual(other.rows);
  });
});
