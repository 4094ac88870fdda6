import { expect, it } from 'vitest';
import type { Write } from '#store/key-value-store.ts';
import { findUndone, readBefore } from '#store/undo-batch.ts';
import { numberedRow } from '../../kit/numbered-row.ts';
import { readAllRows, temporaryStore } from '../../kit/temporary-store.ts';

it('a batch that happened after all is taken back, and one that did not is left', async () => {
  const store = await temporaryStore();
  await store.write([numberedRow(1), numberedRow(2)]);
  const rows = await readAllRows(store);
  const batch: Write[] = [
    numberedRow(1, 7),
    { key: numberedRow(2).key, delete: true },
    numberedRow(3),
    { key: numberedRow(4).key, delete: true },
  ];
  const before = await readBefore(store, batch);
  expect(await findUndone(store, before)).toEqual([]);
  await store.write(batch);
  expect(await readAllRows(store)).not.toEqual(rows);
  const undone = await findUndone(store, before);
  expect(undone).toHaveLength(3);
  await store.write(undone);
  expect(await readAllRows(store)).toEqual(rows);
});
