// A process that ends between a change and what is kept of its answer: the next one finds out.
import { expect, it } from 'vitest';
import { IdempotencyKeys } from '#access/idempotency-keys.ts';
import { findReceiptsIn } from '#app/adapters/request-receipts.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';
import { contextOf, createExample, openTestZoneDb, replace } from '../../../kit/zone-db.ts';

it('a request that a crash cut off is found in the journal, with all its receipts', async () => {
  const folder = await temporaryFolder();
  const before = await openTestZoneDb(folder);
  const keys = await IdempotencyKeys.open(before.store, findReceiptsIn(before.zones.journal));
  const [a, b] = [
    await createExample(before.zones),
    await createExample(before.zones, [], {}, 'example.net.'),
  ];
  const nowMs = contextOf().receivedAtMs;
  for (const id of ['made', 'lost']) await keys.claim('me', id, { content: 'x', id }, nowMs);
  const context = contextOf('made');
  await before.zones.applyAll([
    { zone: b, operations: [replace('b.example.net.', 'A', 60, '192.0.2.1')], context },
    { zone: a, operations: [replace('a.example.com.', 'A', 60, '192.0.2.1')], context },
  ]);
  const operations = [replace('c.example.com.', 'A', 60, '192.0.2.1')];
  await before.zones.apply({ zone: a, operations, context: contextOf('other') });
  await before.close();

  const after = await openTestZoneDb(folder);
  const again = await IdempotencyKeys.open(after.store, findReceiptsIn(after.zones.journal));
  const request = { content: 'x', id: 'new' };
  const made = { kind: 'made', receipts: ['r-3', 'r-4'] };
  expect(await again.claim('me', 'made', request, nowMs)).toEqual(made);
  expect(await again.claim('me', 'lost', request, nowMs)).toMatchObject({ kind: 'new' });
});

it('the journal is read no further back than the oldest of the requests', async () => {
  const db = await openTestZoneDb(await temporaryFolder());
  const zone = await createExample(db.zones);
  for (let at = 1; at <= 40; at++) {
    const operations = [replace('a.example.com.', 'A', 60, `192.0.2.${at}`)];
    await db.zones.apply({ zone, operations, context: contextOf(`t${at}`) });
  }
  const find = findReceiptsIn(db.zones.journal);
  const wanted = new Set(['t1', 't40', 'none']);
  expect([...(await find(wanted, 0))]).toEqual([
    ['t40', ['r-41']],
    ['t1', ['r-2']],
  ]);
  const farFuture = contextOf().receivedAtMs + 100 * 3_600_000;
  expect([...(await find(wanted, farFuture))]).toEqual([]);
});
