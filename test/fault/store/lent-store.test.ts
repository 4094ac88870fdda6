/**
 * A store that was lent when the disk was full: LevelDB ends only with the last that has it open,
 * so the store must have it back before it can open LevelDB anew. On a tmpfs, which takes root to
 * mount; skipped, and said so, elsewhere.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { openLent } from '#store/lent-store.ts';
import { openLevelStore } from '#store/level-store.ts';
import { numberedRow } from '../../kit/numbered-row.ts';
import { fillUp, smallDisk } from '../../kit/small-disk.ts';
import { readAllRows } from '../../kit/temporary-store.ts';

it('asks for it back, opens again, and can lend again', async (test) => {
  const disk = await smallDisk();
  if (disk === undefined) return test.skip('needs root, to mount a small tmpfs');
  const store = await openLevelStore(join(disk, 'store'), { recovers: true });
  await store.write([numberedRow(1)]);
  const recalled = Promise.withResolvers<void>();
  const loan = store.lend(recalled.resolve);
  const lent = await openLent(loan.folder);
  const ballast = join(disk, 'ballast');
  await fillUp(disk, ballast);
  const large = { key: numberedRow(2).key, value: new Uint8Array(8000) };
  while (store.failure === undefined) await store.write([large]).catch(() => {});
  // As long as the disk is full nothing is opened again, and whoever reads goes on.
  expect(await readAllRows(lent.snapshot())).toContainEqual(numberedRow(1));
  await rm(ballast);
  await recalled.promise;
  expect(store.failure).toBeDefined();
  expect(() => store.lend(() => {})).toThrow(
    expect.objectContaining({ code: 'STORE_UNAVAILABLE' }),
  );
  await lent.close();
  loan.giveBack();
  await vi.waitFor(() => expect(store.failure).toBeUndefined(), { timeout: 10_000, interval: 50 });
  await store.write([numberedRow(3)]);
  const again = store.lend(() => {});
  const lentAgain = await openLent(again.folder);
  expect(await readAllRows(lentAgain.snapshot())).toContainEqual(numberedRow(3));
  await lentAgain.close();
  again.giveBack();
  await store.close();
  return undefined;
}, 30_000);
