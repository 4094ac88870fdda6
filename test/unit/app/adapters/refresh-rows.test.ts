import { expect, it } from 'vitest';
import { RefreshRows } from '#app/adapters/refresh-rows.ts';
import { utf8 } from '#base/bytes.ts';
import { buildKey, KEYSPACE } from '#store/keyspace.ts';
import { temporaryStore } from '../../../kit/temporary-store.ts';

it('what is kept of refresh timers is read back, replaced and forgotten by zone', async () => {
  const store = await temporaryStore();
  const rows = new RefreshRows(store);
  const one = { zone: 'one.example.', confirmedAtMs: 1, expireAtMs: 2 };
  const two = { zone: 'two.example.', confirmedAtMs: 3, expireAtMs: 4 };
  await rows.save([one, two], []);
  expect(await new RefreshRows(store).load()).toEqual([one, two]);
  const later = { ...two, expireAtMs: 5 };
  await rows.save([later], ['one.example.']);
  expect(await rows.load()).toEqual([later]);
  const foreign = { layout: 2, zone: 'three.example.' };
  const key = buildKey(KEYSPACE.refresh, Uint8Array.of(1));
  await store.write([{ key, value: utf8(JSON.stringify(foreign)) }]);
  expect(await rows.load()).toEqual([later]);
});
