/**
 * Rows of zones, of the journal and of the list of zones that are damaged, vanish, or turn up as
 * they once were, at random: what the mirror reaches is repaired, and every zone equals the model;
 * what it does not reach is refused by name. A silent difference is the only failure.
 */
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorCode } from '#base/coded-error.ts';
import { type Random, seededRandom } from '#base/random.ts';
import { type Name, nameOfSortKey, parseName } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { parseNodeRow, type StoredNode } from '#dns/zonedb/node-row.ts';
import { generationOf, NODE_KEY_PREFIX_SIZE } from '#dns/zonedb/zone-keys.ts';
import type { Entry } from '#store/key-value-store.ts';
import { KEYSPACE } from '#store/keyspace.ts';
import type { LevelStore } from '#store/level-store.ts';
import { damageRows, type RowDamage } from '../../kit/damaged-rows.ts';
import { readEnvironmentNumber } from '../../kit/environment-number.ts';
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

const SEED = readEnvironmentNumber('HOLDFAST_SEED', 20_261_122);
const ROUNDS = readEnvironmentNumber('HOLDFAST_DAMAGES', 12);
const ZONES = ['a.example.', 'b.example.', 'c.example.'];
const NAMES = 12;
const CHANGES = 8;
const DAMAGES_MAX = 4;
/** Kinds of rows that the zone database owns. */
const PREFIXES: readonly number[] = [KEYSPACE.zone, KEYSPACE.node, KEYSPACE.journal];

type Model = Map<string, string[]>;

async function change(db: TestZoneDb, zone: string, name: number, octet: number): Promise<void> {
  await db.zones.apply({
    zone: parseName(zone),
    operations: [replace(`h${name}.${zone}`, 'A', 60, `192.0.2.${octet}`)],
    context: contextOf(),
  });
}

async function readModel({ zones }: TestZoneDb): Promise<Model> {
  const model: Model = new Map();
  for (const zone of ZONES) model.set(zone, await listRecords(zones, parseName(zone)));
  return model;
}

/** Rows of the store by key, as `damageRows` names them. */
async function rowsOf(store: LevelStore) {
  const rows = await readAllRows(store);
  return rows.filter(({ key: [prefix] }) => PREFIXES.includes(prefix));
}

/** Some rows of a store, of every kind alike, each to be damaged in one of three ways. */
function chooseDamages(random: Random, rows: readonly Entry[], old: readonly Entry[]) {
  return Array.from({ length: 1 + random.below(DAMAGES_MAX) }, (): RowDamage => {
    const prefix = PREFIXES[random.below(PREFIXES.length)];
    const ofKind = rows.filter(({ key }) => key[0] === prefix);
    const { key } = ofKind[random.below(ofKind.length)];
    const before = old.find((row) => Buffer.compare(row.key, key) === 0)?.value;
    return { key, value: (['bend', undefined, before] as const)[random.below(3)] };
  });
}

/** A store with some zones and changes, and what it had before the newest of them. */
async function changedStore(folder: string, random: Random) {
  const db = await openTestZoneDb(folder);
  const old = await rowsOf(db.store);
  for (let left = CHANGES; left > 0; left--) {
    await change(db, ZONES[random.below(3)], random.below(NAMES), random.below(250));
  }
  const changed = { old, model: await readModel(db), rows: await rowsOf(db.store) };
  await db.close();
  return changed;
}

async function makeZones(folder: string): Promise<void> {
  const db = await openTestZoneDb(folder);
  for (const zone of ZONES) await createExample(db.zones, [], {}, zone);
  await db.close();
}

/** What became of a store: never `WRONG`. */
async function fateOf(folder: string, model: Model): Promise<string> {
  try {
    const db = await openTestZoneDb(folder);
    const faults = new Set(db.zones.faults().map(({ zone }) => zone));
    for (const [zone, records] of model) {
      if (faults.has(zone)) continue;
      const found = await listRecords(db.zones, parseName(zone));
      if (found.join() !== records.join()) return 'WRONG';
    }
    await db.close();
    return faults.size === 0 ? 'equal' : 'zone refused';
  } catch (error) {
    return errorCode(error) === 'STORE_DAMAGED' ? 'refused' : 'WRONG';
  }
}

/** Node rows whose owner has that label. */
function nodesWith(rows: readonly Entry[], label: string): Entry[] {
  return rows.filter(
    ({ key }) => key[0] === KEYSPACE.node && Buffer.from(key).toString('latin1').includes(label),
  );
}

/** What the rows say of a zone, in two chunks. */
async function* contentOf(
  { zones }: TestZoneDb,
  apex: Name,
  rows: readonly Entry[],
): AsyncGenerator<StoredNode[]> {
  const generation = zones.find(apex)?.row.generation;
  const nodes = rows
    .filter(({ key }) => key[0] === KEYSPACE.node && generationOf(key) === generation)
    .map(({ key, value }) => ({
      owner: nameOfSortKey(key.subarray(NODE_KEY_PREFIX_SIZE), apex),
      rrsets: parseNodeRow(value),
    }));
  yield nodes.slice(1);
  yield nodes.slice(0, 1);
}

describe('damaged rows', () => {
  it(`are repaired from the mirror, ${ROUNDS} times (seed ${SEED})`, async () => {
    const random = seededRandom(SEED);
    const folder = await temporaryFolder();
    await makeZones(folder);
    for (let round = 0; round < ROUNDS; round++) {
      const { old, model, rows } = await changedStore(folder, random);
      await damageRows(join(folder, 'store'), chooseDamages(random, rows, old));
      const again = await openTestZoneDb(folder);
      expect(again.zones.faults(), `round ${round}`).toEqual([]);
      expect(await readModel(again), `round ${round}`).toEqual(model);
      await again.close();
    }
  }, 60_000);

  it(`that no mirror has are refused by name, ${ROUNDS} times (seed ${SEED})`, async () => {
    const random = seededRandom(SEED);
    const folder = await temporaryFolder();
    const sound = join(folder, 'sound');
    await makeZones(sound);
    const fates = new Map<string, number>();
    for (let round = 0; round < ROUNDS; round++) {
      const { old, model, rows } = await changedStore(sound, random);
      const bent = join(folder, `bent-${round}`);
      await cp(sound, bent, { recursive: true });
      await rm(join(bent, 'store', 'mirror'), { recursive: true });
      await damageRows(join(bent, 'store'), chooseDamages(random, rows, old));
      const fate = await fateOf(bent, model);
      fates.set(fate, (fates.get(fate) ?? 0) + 1);
    }
    expect([...fates.keys()]).not.toContain('WRONG');
    expect(fates.size).toBeGreaterThan(1);
  }, 60_000);

  it('are found while the server runs, named, and repaired', async () => {
    const folder = await temporaryFolder();
    await makeZones(folder);
    const db = await openTestZoneDb(folder);
    for (let name = 0; name < NAMES; name++) await change(db, ZONES[0], name, name);
    const model = await readModel(db);
    const stop = new AbortController().signal;
    expect(await db.zones.scrub(0, stop)).toMatchObject({ findings: [], findingCount: 0 });
    const rows = await rowsOf(db.store);
    const [node] = nodesWith(rows, 'h3');
    const journal = rows.filter(({ key }) => key[0] === KEYSPACE.journal)[5];
    // Bulk writes are not in the mirror: for it these rows are there.
    await db.store.writeBulk([node, journal].map(({ key }) => ({ key, delete: true })));
    const report = await db.zones.scrub(0, stop);
    expect(report?.findings.map(({ what }) => what)).toEqual([
      'the journal lacks entries 6 to 6',
      'zone a.example.: 14 of its 15 records, or others than written',
    ]);
    expect(await db.zones.scrub(0, stop)).toMatchObject({ findings: [] });
    expect(await readModel(db)).toEqual(model);
    expect(await db.zones.repair(parseName(ZONES[0]))).toBe('sound');
  });

  it('are told one by one, those of the journal that the mirror has not as well', async () => {
    const folder = await temporaryFolder();
    await makeZones(folder);
    const mirror = join(folder, 'store', 'mirror');
    await rm(mirror, { recursive: true });
    const db = await openTestZoneDb(folder);
    for (let name = 0; name < NAMES; name++) await change(db, ZONES[0], name, name);
    const rows = await rowsOf(db.store);
    const journal = rows.filter(({ key }) => key[0] === KEYSPACE.journal);
    // The first entries were written before there was this mirror.
    const gone = [journal[1], journal[5], journal[6], journal[9]];
    await db.store.writeBulk(gone.map(({ key }) => ({ key, delete: true })));
    const report = await db.zones.scrub(0, new AbortController().signal);
    expect(report?.findings.map(({ what }) => what)).toEqual([
      'the journal lacks entries 2 to 2',
      'the journal lacks entries 6 to 7',
      'the journal lacks entries 10 to 10',
    ]);
    expect(report?.unrepaired.map(({ entries }) => entries)).toEqual([[2, 2]]);
    expect(await db.zones.journal.get(6)).toBeDefined();
    expect(await db.zones.journal.get(10)).toBeDefined();
  });

  it('are repaired though the mirror missed newer changes of others, and sound zones stay', async () => {
    const folder = await temporaryFolder();
    await makeZones(folder);
    const db = await openTestZoneDb(folder);
    for (let name = 0; name < NAMES; name++) await change(db, ZONES[0], name, name);
    await db.close();
    const mirror = join(folder, 'store', 'mirror');
    await cp(mirror, join(folder, 'mirror'), { recursive: true });
    const later = await openTestZoneDb(folder);
    await change(later, ZONES[0], 3, 33);
    await later.close();
    await rm(mirror, { recursive: true });
    await cp(join(folder, 'mirror'), mirror, { recursive: true });
    const again = await openTestZoneDb(folder);
    await change(again, ZONES[1], 1, 1);
    const model = await readModel(again);
    expect(await again.zones.repair(parseName(ZONES[0]))).toBe('sound');
    expect(again.zones.faults()).toEqual([]);
    const [lost] = nodesWith(await rowsOf(again.store), 'h5');
    await again.store.writeBulk([{ key: lost.key, delete: true }]);
    expect(await again.zones.repair(parseName(ZONES[0]))).toBe('mirror');
    expect(await readModel(again)).toEqual(model);
  });

  it('that the mirror does not reach are repaired from memory, with what is not served', async () => {
    const folder = await temporaryFolder();
    const db = await openTestZoneDb(folder);
    const apex = await createExample(db.zones, [], {}, ZONES[0]);
    const disabled = replace(`silent.${ZONES[0]}`, 'A', 60, '192.0.2.9');
    if (disabled.kind === 'replace') disabled.records[0].disabled = true;
    const operations = [replace(`h1.${ZONES[0]}`, 'MX', 60, `10 h2.${ZONES[0]}`), disabled];
    await db.zones.apply({ zone: apex, operations, context: contextOf() });
    const model = await listRecords(db.zones, apex);
    const [node] = nodesWith(await rowsOf(db.store), 'h1');
    await db.store.write([{ key: node.key, delete: true }]);
    const report = await db.zones.scrub(0, new AbortController().signal);
    expect(report).toMatchObject({ findingCount: 1, unrepaired: [] });
    expect(await listRecords(db.zones, apex)).toEqual(model);
    // What is disabled is in no memory.
    const [silent] = nodesWith(await rowsOf(db.store), 'silent');
    await db.store.write([{ key: silent.key, delete: true }]);
    expect(await db.zones.repair(apex)).toBeUndefined();
  });

  it('that cannot be repaired stop changes to their zone, and not its answers', async () => {
    const folder = await temporaryFolder();
    const db = await openTestZoneDb(folder);
    await createExample(db.zones, [], {}, ZONES[0]);
    await createExample(db.zones, [], {}, ZONES[1]);
    await change(db, ZONES[0], 1, 1);
    const rows = await rowsOf(db.store);
    const [node] = nodesWith(rows, 'h1');
    // The mirror is told another value than the zone row counts, and memory has another.
    await db.store.write([{ key: node.key, delete: true }]);
    const owner = parseName(`h1.${ZONES[0]}`);
    db.image.apply(parseName(ZONES[0]), [{ owner, type: TYPE.A, rrset: undefined }]);
    const report = await db.zones.scrub(0, new AbortController().signal);
    expect(report?.findingCount).toBe(1);
    expect(db.zones.faults().map(({ zone }) => zone)).toEqual([ZONES[0]]);
    await expect(change(db, ZONES[0], 2, 2)).rejects.toMatchObject({ code: 'ZONE_DAMAGED' });
    await change(db, ZONES[1], 2, 2);
    expect(db.image.hasZone(parseName(ZONES[0]))).toBe(true);
    const source = { name: 'backup', nodes: () => contentOf(db, parseName(ZONES[0]), rows) };
    expect(await db.zones.repair(parseName(ZONES[0]), [source])).toBe('backup');
    expect(db.zones.faults()).toEqual([]);
    await change(db, ZONES[0], 2, 2);
  });
});
