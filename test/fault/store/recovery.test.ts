/**
 * A store that a failed write has stopped opens itself again when the disk works, and has exactly
 * what was acknowledged: what was refused is undone. On a tmpfs of a few megabytes, which takes root
 * to mount; skipped, and said so, elsewhere.
 */
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { errorCode } from '#base/coded-error.ts';
import { seededRandom } from '#base/random.ts';
import { type LevelStore, openLevelStore } from '#store/level-store.ts';
import { readEnvironmentNumber } from '../../kit/environment-number.ts';
import { numberedRow } from '../../kit/numbered-row.ts';
import { fillUp, smallDisk } from '../../kit/small-disk.ts';
import { readAllRows } from '../../kit/temporary-store.ts';

const SEED = readEnvironmentNumber('HOLDFAST_SEED', 20_261_122);
const ROUNDS = readEnvironmentNumber('HOLDFAST_FULL_DISKS', 4);
const KEYS = 40;
const VALUE_SIZE = 8000;
/** Of the files that the disk is filled with, so that it is full at another octet each time. */
const WRITES_MAX = 400;

async function recovered(store: LevelStore): Promise<void> {
  await vi.waitFor(() => expect(store.failure).toBeUndefined(), { timeout: 10_000, interval: 50 });
}

function bigRow(index: number, fill: number) {
  return { key: numberedRow(index).key, value: new Uint8Array(VALUE_SIZE).fill(fill) };
}

describe('a store on a disk that was full', () => {
  it(`goes on without a restart and equals the model, ${ROUNDS} times (seed ${SEED})`, async (test) => {
    const disk = await smallDisk();
    if (disk === undefined) return test.skip('needs root, to mount a small tmpfs');
    const random = seededRandom(SEED);
    let store = await openLevelStore(join(disk, 'store'), { mirror: SMALL_MIRROR, recovers: true });
    const model = new Map<number, number>();
    const codes = new Set<string | undefined>();
    let refused = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const ballast = join(disk, 'ballast');
      await fillUp(disk, ballast);
      for (let write = 0; write < WRITES_MAX && store.failure === undefined; write++) {
        const [index, fill] = [random.below(KEYS), random.below(256)];
        const pair = [bigRow(2 * index, fill), bigRow(2 * index + 1, fill)];
        const error = await store.write(pair).catch((failure: unknown) => failure);
        if (error === undefined) model.set(index, fill);
        else codes.add(errorCode(error));
      }
      refused += store.failure === undefined ? 0 : 1;
      const late = await store.write([bigRow(0, 1)]).catch((error: unknown) => error);
      expect(errorCode(late)).toBe('STORE_FAILED');
      expect(modelOf(await store.getMany(keysOf(model)))).toEqual([...model.values()]);
      await rm(ballast);
      await recovered(store);
      await expectModel(store, model);
      // Every other time the next thing is a restart.
      if (round % 2 === 0) continue;
      await store.close();
      store = await openLevelStore(join(disk, 'store'), { mirror: SMALL_MIRROR, recovers: true });
      await expectModel(store, model);
    }
    await store.close();
    expect(refused).toBe(ROUNDS);
    expect(codes).toEqual(new Set(['STORE_WRITE_FAILED']));
    return undefined;
  }, 60_000);

  it('waits for a disk that is gone, and never takes an empty folder for it', async (test) => {
    const disk = await smallDisk();
    if (disk === undefined) return test.skip('needs root, to mount a small tmpfs');
    const folder = join(disk, 'store');
    const store = await openLevelStore(folder, { recovers: true });
    await store.write([numberedRow(1)]);
    await fillUp(disk, join(disk, 'ballast'));
    while (store.failure === undefined) await store.write([bigRow(2, 2)]).catch(() => {});
    await rename(join(folder, 'level'), join(folder, 'gone'));
    await rm(join(disk, 'ballast'));
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(store.failure?.code).toBe('STORE_WRITE_FAILED');
    await rename(join(folder, 'gone'), join(folder, 'level'));
    await recovered(store);
    expect(await store.get(numberedRow(1).key)).toEqual(Uint8Array.from(numberedRow(1).value));
    await store.close();
    return undefined;
  }, 30_000);
});

const SMALL_MIRROR = { segmentOctetsMax: 64 << 10, octetsMax: 512 << 10 };

function keysOf(model: ReadonlyMap<number, number>): Uint8Array[] {
  return [...model.keys()].map((index) => numberedRow(2 * index).key);
}

function modelOf(values: readonly (Uint8Array | undefined)[]): (number | undefined)[] {
  return values.map((value) => value?.[0]);
}

/** Both rows of each pair, and none else. */
async function expectModel(store: LevelStore, model: ReadonlyMap<number, number>): Promise<void> {
  const rows = (await readAllRows(store)).map(({ key, value }) => [
    Buffer.from(key).toString('hex'),
    value[0],
  ]);
  const expected = [...model].flatMap(([index, fill]) =>
    [2 * index, 2 * index + 1].map((at) => [
      Buffer.from(numberedRow(at).key).toString('hex'),
      fill,
    ]),
  );
  expect(rows).toEqual(expected.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
}
