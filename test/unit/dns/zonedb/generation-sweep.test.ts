import { expect, it } from 'vitest';
import { silentLog } from '#base/log.ts';
import { GenerationSweep } from '#dns/zonedb/generation-sweep.ts';
import { generationKey } from '#dns/zonedb/zone-keys.ts';
import { temporaryStore } from '../../../kit/temporary-store.ts';

it('numbers new rows behind all that zones and marks have, however many zones there are', async () => {
  const store = await temporaryStore();
  // More than a call takes arguments.
  const named = new Set(Array.from({ length: 200_000 }, (_, at) => at + 1));
  const first = await GenerationSweep.open(store, silentLog(), named);
  expect(first.begin().generation).toBe(200_001);
  await first.close();
  await store.write([{ key: generationKey(300_000), value: new Uint8Array() }]);
  const second = await GenerationSweep.open(store, silentLog(), named);
  expect(second.begin().generation).toBe(300_001);
  await second.close();
});
