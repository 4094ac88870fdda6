/**
 * A store that shows an older version of a zone than was written, rows that add up among themselves:
 * what LevelDB does when it loses sight of its newest rows. Nobody may be given it as the zone.
 */
import { describe, expect, it } from 'vitest';
import { compareBytes } from '#base/bytes.ts';
import { formatName, parseName } from '#dns/wire/name.ts';
import { generationRange } from '#dns/zonedb/zone-keys.ts';
import { KEYSPACE } from '#store/keyspace.ts';
import type { LevelStore } from '#store/level-store.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { readAllRows } from '../../kit/temporary-store.ts';
import {
  contextOf,
  createExample,
  listRecords,
  openTestZoneDb,
  replace,
  type TestZoneDb,
} from '../../kit/zone-db.ts';

const ZONE = 'a.example.';
const APEX = parseName(ZONE);
const AS_FAST_AS_IT_GOES = 0;

async function change({ zones }: TestZoneDb, octet: number): Promise<void> {
  await zones.apply({
    zone: APEX,
    operations: [replace(`www.${ZONE}`, 'A', 60, `192.0.2.${octet}`)],
    context: contextOf(),
  });
}

async function zoneRows(store: LevelStore) {
  const rows = await readAllRows(store);
  return rows.filter(({ key: [prefix] }) => prefix === KEYSPACE.zone || prefix === KEYSPACE.node);
}

/** A database whose store shows what the zone was before its last change. */
async function openOlder(): Promise<{ db: TestZoneDb; records: string[] }> {
  const db = await openTestZoneDb(await temporaryFolder());
  await createExample(db.zones, [], {}, ZONE);
  await change(db, 1);
  const older = await zoneRows(db.store);
  await change(db, 2);
  const records = await listRecords(db.zones, APEX);
  await db.store.writeBulk(older);
  await db.store.writeBulk([]);
  return { db, records };
}

describe('an older version of a zone in a store that is open', () => {
  it('is not shown as the zone', async () => {
    const { db } = await openOlder();
    await expect(db.zones.view(APEX)).rejects.toMatchObject({ code: 'ZONE_DAMAGED' });
    await db.close();
  });

  it('is no ground for a change, and the zone is well after its repair', async () => {
    const { db, records } = await openOlder();
    const { from, to } = generationRange(db.zones.find(APEX)?.row.generation ?? 0);
    const hidden = (await zoneRows(db.store)).filter(
      ({ key }) => compareBytes(key, from) >= 0 && compareBytes(key, to) < 0,
    );
    await db.store.writeBulk(hidden.map(({ key }) => ({ key, delete: true })));
    const watched: string[] = [];
    db.zones.watchFaults((apex) => watched.push(formatName(apex)));
    await expect(change(db, 3)).rejects.toMatchObject({ code: 'ZONE_DAMAGED' });
    expect(watched).toEqual([ZONE]);
    expect(await db.zones.repair(APEX)).toBe('mirror');
    expect(await listRecords(db.zones, APEX)).toEqual(records);
    await change(db, 3);
    expect(db.zones.faults()).toEqual([]);
    await db.close();
  });

  it('is found by the scrubber and made good from the mirror', async () => {
    const { db, records } = await openOlder();
    const report = await db.zones.scrub(AS_FAST_AS_IT_GOES, new AbortController().signal);
    expect(report).toMatchObject({ findingCount: 1, unrepaired: [] });
    expect(report?.findings[0].what).toBe('zone a.example.: version 2, and 3 was written');
    expect(await listRecords(db.zones, APEX)).toEqual(records);
    await db.close();
  });
});
