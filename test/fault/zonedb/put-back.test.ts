/**
 * Rows of no zone (tokens, logs) that are damaged or vanish while the server runs: the scrubber puts
 * back what the mirror knows, and never over what somebody wrote meanwhile.
 */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { utf8 } from '#base/bytes.ts';
import { parseName } from '#dns/wire/name.ts';
import { generationKey, nodeKey } from '#dns/zonedb/zone-keys.ts';
import type { KeyValueStore } from '#store/key-value-store.ts';
import { buildKey, KEYSPACE, u64Key } from '#store/keyspace.ts';
import { type LevelStore, openLevelStore } from '#store/level-store.ts';
import { putBackRows } from '#store/put-back-rows.ts';
import { damageRows } from '../../kit/damaged-rows.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { createExample, openTestZoneDb, type TestZoneDb } from '../../kit/zone-db.ts';

const TOKEN = buildKey(KEYSPACE.token, utf8('t1'));
const WRITTEN = utf8('as written');
const NEWER = utf8('newer');

function auditKey(number: number): Uint8Array {
  return buildKey(KEYSPACE.audit, u64Key(number));
}

/** A store with a token and five entries of the audit log, of which the first was dropped. */
async function makeStore(folder: string): Promise<void> {
  const store = await openLevelStore(join(folder, 'store'), { mirror: true });
  await store.write([{ key: TOKEN, value: utf8('old') }]);
  await store.write([{ key: TOKEN, value: WRITTEN }]);
  for (let number = 1; number <= 5; number++) {
    await store.write([{ key: auditKey(number), value: utf8(`${number}`) }]);
  }
  await store.write([{ key: auditKey(1), delete: true }]);
  await store.close();
}

/** The store with its token damaged. */
async function openDamaged(): Promise<LevelStore> {
  const folder = await temporaryFolder();
  await makeStore(folder);
  await damageRows(join(folder, 'store'), [{ key: TOKEN, value: 'bend' }]);
  return openLevelStore(join(folder, 'store'), { mirror: true });
}

async function unrepairedOf({ zones }: TestZoneDb): Promise<string[] | undefined> {
  const report = await zones.scrub(0, new AbortController().signal);
  return report?.unrepaired.map(({ what }) => what);
}

describe('rows of no zone', () => {
  it('are put back at once, damaged ones and those that a log lacks', async () => {
    const folder = await temporaryFolder();
    await makeStore(folder);
    await damageRows(join(folder, 'store'), [
      { key: TOKEN, value: 'bend' },
      { key: auditKey(3), value: undefined },
      { key: auditKey(4), value: 'bend' },
    ]);
    const db = await openTestZoneDb(folder);
    await expect(db.store.get(TOKEN)).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
    expect(await unrepairedOf(db)).toEqual([]);
    expect(await db.store.get(TOKEN)).toEqual(WRITTEN);
    expect(await db.store.get(auditKey(3))).toEqual(utf8('3'));
    expect(await db.store.get(auditKey(4))).toEqual(utf8('4'));
    expect(await db.zones.scrub(0, new AbortController().signal)).toMatchObject({ findings: [] });
  });

  it('that no mirror has are made anew where they can be', async () => {
    const folder = await temporaryFolder();
    const made = await openTestZoneDb(folder);
    await createExample(made.zones);
    const refresh = buildKey(KEYSPACE.refresh, utf8('x'));
    // Of a content that nothing names any more, damaged before it was swept.
    const old = [generationKey(77), nodeKey(77, utf8('a')), nodeKey(77, utf8('b'))];
    await made.store.writeBulk([refresh, ...old].map((key) => ({ key, value: utf8('{}') })));
    await made.close();
    const generation = made.zones.find(parseName('example.com.'))?.row.generation ?? 0;
    await damageRows(join(folder, 'store'), [
      { key: refresh, value: 'bend' },
      { key: generationKey(generation), value: 'bend' },
      ...old.slice(0, 2).map((key) => ({ key, value: 'bend' as const })),
    ]);
    const db = await openTestZoneDb(folder);
    await expect.poll(() => db.store.get(generationKey(77))).toBeUndefined();
    expect(await unrepairedOf(db)).toEqual([]);
    const again = await db.zones.scrub(0, new AbortController().signal);
    expect(again).toMatchObject({ findings: [] });
    for (const key of [refresh, ...old]) expect(await db.store.get(key)).toBeUndefined();
    expect(await db.store.get(generationKey(generation))).toEqual(new Uint8Array(0));
  });

  it('that the mirror does not know stay as they are, and are told', async () => {
    const folder = await temporaryFolder();
    await makeStore(folder);
    const db = await openTestZoneDb(folder);
    await db.store.writeBulk([{ key: auditKey(6), value: WRITTEN }]);
    await db.store.writeBulk([{ key: auditKey(8), value: WRITTEN }]);
    expect(await unrepairedOf(db)).toEqual(['the audit log lacks entries 7 to 7']);
    expect(await db.store.get(auditKey(7))).toBeUndefined();
  });

  it('never come back over a newer write, made before or at the same time', async () => {
    for (const isAwaited of [true, false]) {
      const store = await openDamaged();
      const written: Promise<void>[] = [];
      // The mirror is read, and then somebody writes.
      const overtaken: Pick<KeyValueStore, 'mirrored' | 'writeDecided' | 'get' | 'range'> = {
        get: (key) => store.get(key),
        range: (from, to, options) => store.range(from, to, options),
        writeDecided: (decide) => store.writeDecided(decide),
        mirrored: async (isWanted) => {
          const found = await store.mirrored(isWanted);
          written.push(store.write([{ key: TOKEN, value: NEWER }]));
          if (isAwaited) await written[0];
          return found;
        },
      };
      const lost = await putBackRows(overtaken as KeyValueStore, { damaged: [TOKEN], gone: [] });
      await Promise.all(written);
      expect([...lost], `awaited: ${isAwaited}`).toEqual([]);
      expect(await store.get(TOKEN)).toEqual(NEWER);
      await store.close();
    }
  });

  it('that a log has dropped by itself stay dropped', async () => {
    const store = await openDamaged();
    await putBackRows(store, { damaged: [], gone: [auditKey(1)] });
    expect(await store.get(auditKey(1))).toBeUndefined();
    // Of a log that has nothing older left, the mirror may know more than is to be there.
    await store.writeBulk([{ key: auditKey(2), delete: true }]);
    await putBackRows(store, { damaged: [], gone: [auditKey(2)] });
    expect(await store.get(auditKey(2))).toBeUndefined();
    await store.close();
  });
});
