// How the image of many zones comes back from the store: zones that lie together are read together.
import { describe, expect, it } from 'vitest';
import { openClock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { seededRandom } from '#base/random.ts';
import { ImageWriter } from '#dns/image/image-writer.ts';
import { parseName } from '#dns/wire/name.ts';
import { ZoneDb } from '#dns/zonedb/zone-db.ts';
import { generationRange } from '#dns/zonedb/zone-keys.ts';
import type { Entry, KeyValueStore } from '#store/key-value-store.ts';
import { StoreError } from '#store/store-error.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';
import { createExample, openTestZoneDb, replace } from '../../../kit/zone-db.ts';

const NAMES = ['a.example.', 'b.example.', 'c.example.'];

/** The store as it is, but for one key that the disk does not give. */
function withUnreadable(store: KeyValueStore, lost: Uint8Array): KeyValueStore {
  async function* range(...asked: Parameters<KeyValueStore['range']>): AsyncGenerator<Entry[]> {
    for await (const rows of store.range(...asked)) {
      if (rows.some(({ key }) => Buffer.compare(key, lost) === 0)) {
        throw new StoreError('STORE_DAMAGED', 'a row cannot be read');
      }
      yield rows;
    }
  }
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'range') return range;
      // Nothing that it could be repaired from.
      if (name === 'mirrored') return undefined;
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

describe('zones that lie together in the store', () => {
  it('are all served but the one with a row that cannot be read', async () => {
    const first = await openTestZoneDb(await temporaryFolder());
    for (const name of NAMES) {
      await createExample(first.zones, [replace(`www.${name}`, 'A', 60, '192.0.2.1')], {}, name);
    }
    const { from, to } = generationRange(
      first.zones.find(parseName(NAMES[1]))?.row.generation ?? 0,
    );
    const keys: Uint8Array[] = [];
    for await (const rows of first.store.range(from, to)) keys.push(...rows.map(({ key }) => key));
    const clock = openClock({ kind: 'system' });
    const image = ImageWriter.create({ random: seededRandom(1), clock, sizeBytes: 64 << 20 });
    const zones = await ZoneDb.open({
      store: withUnreadable(first.store, keys[1]),
      image,
      clock,
      log: silentLog(),
      onSighting: () => {},
    });
    expect(zones.faults()).toEqual([{ zone: NAMES[1], fault: 'a row cannot be read' }]);
    expect(NAMES.map((name) => image.hasZone(parseName(name)))).toEqual([true, false, true]);
    await zones.close();
  });
});
