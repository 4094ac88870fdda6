// What a pass over the store says: in the log, in figures, in the health.
import { Readable } from 'node:stream';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { StoreScrub } from '#app/store-scrub.ts';
import { utf8 } from '#base/bytes.ts';
import { openClock } from '#base/clock.ts';
import { parseName } from '#dns/wire/name.ts';
import { generationRange } from '#dns/zonedb/zone-keys.ts';
import { buildKey, KEYSPACE, u64Key } from '#store/keyspace.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { createExample, openTestZoneDb, replace, type TestZoneDb } from '../../kit/zone-db.ts';

interface Line {
  level: number;
  kind?: string;
  msg: string;
}

function openScrub({ zones }: TestZoneDb) {
  const lines: Line[] = [];
  const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line) as Line) });
  const registry = new Registry();
  const clock = openClock({ kind: 'system' });
  const scrub = new StoreScrub({ zones, registry, clock, log, megabytesPerSecond: 100 });
  const figure = async (name: string): Promise<number | undefined> => {
    const found = await registry.getSingleMetric(`holdfast_scrub_${name}`)?.get();
    return found?.values[0].value;
  };
  return { scrub, lines, figure };
}

/** By `write` the mirror is told that this is right, and memory loses the zone too. */
async function loseName(
  { zones, store, image }: TestZoneDb,
  by: 'write' | 'writeBulk',
): Promise<void> {
  if (by === 'write') image.removeZone(parseName('example.com.'));
  const generation = zones.find(parseName('example.com.'))?.row.generation ?? 0;
  const { from, to } = generationRange(generation);
  for await (const rows of store.range(from, to)) {
    await store[by](rows.slice(-1).map(({ key }) => ({ key, delete: true })));
  }
}

function auditKey(sequence: number): Uint8Array {
  return buildKey(KEYSPACE.audit, u64Key(sequence));
}

describe('the scrubber', () => {
  it('says nothing but that it was there when all is well', async () => {
    const db = await openTestZoneDb(await temporaryFolder());
    await createExample(db.zones, [replace('www.example.com.', 'A', 60, '192.0.2.1')]);
    const { scrub, lines, figure } = openScrub(db);
    expect(await figure('last_pass_timestamp_seconds')).toBe(0);
    await scrub.pass();
    expect(lines.map(({ msg }) => msg)).toEqual(['the store was read through']);
    expect([await figure('findings'), await figure('unrepaired')]).toEqual([0, 0]);
    expect(await figure('last_pass_timestamp_seconds')).toBeGreaterThan(1_700_000_000);
    expect(scrub.fault).toBeUndefined();
  });

  it('names what it repaired, and what it could not', async () => {
    const db = await openTestZoneDb(await temporaryFolder());
    await createExample(db.zones, [replace('www.example.com.', 'A', 60, '192.0.2.1')]);
    const { scrub, lines, figure } = openScrub(db);
    // The mirror knows nothing of bulk writes, and of the others everything.
    await loseName(db, 'writeBulk');
    await scrub.pass();
    expect(lines[0]).toMatchObject({ level: 40, kind: 'node' });
    expect(lines[0].msg).toContain('repaired: zone example.com.: 3 of its 4 records');
    expect([await figure('findings'), await figure('unrepaired')]).toEqual([1, 0]);
    expect(scrub.fault).toBeUndefined();
    await loseName(db, 'write');
    lines.length = 0;
    await scrub.pass();
    expect(lines[0]).toMatchObject({ level: 50, kind: 'node' });
    expect(lines[0].msg).not.toContain('repaired');
    expect([await figure('findings'), await figure('unrepaired')]).toEqual([1, 1]);
    // It is the zone's own check that fails.
    expect(scrub.fault).toBeUndefined();
    expect(db.zones.faults()).toMatchObject([{ zone: 'example.com.' }]);
  });

  it('fails the health for what is in no zone', async () => {
    const db = await openTestZoneDb(await temporaryFolder());
    await db.store.write(
      [1, 3].map((sequence) => ({ key: auditKey(sequence), value: utf8('{}') })),
    );
    const { scrub } = openScrub(db);
    await scrub.pass();
    expect(scrub.fault).toContain('audit log');
  });

  it('counts a zone no longer that was repaired after the pass', async () => {
    const db = await openTestZoneDb(await temporaryFolder());
    const www = replace('www.example.com.', 'A', 60, '192.0.2.1');
    const apex = await createExample(db.zones, [www]);
    const view = await db.zones.view(apex);
    const chunks = await Array.fromAsync(view?.nodes() ?? []);
    await view?.close();
    const { scrub, figure } = openScrub(db);
    await loseName(db, 'write');
    await scrub.pass();
    expect(await figure('unrepaired')).toBe(1);
    const source = { name: 'elsewhere', nodes: () => Readable.from(chunks) };
    expect(await db.zones.repair(apex, [source])).toBe('elsewhere');
    expect(await figure('unrepaired')).toBe(0);
  });

  it('says how the store is restored that has a block nobody can read', async () => {
    const db = await openTestZoneDb(await temporaryFolder());
    const found = { kind: 'unknown', what: 'rows are hidden', isUnreadable: true } as const;
    const report = { rows: 1, octets: 1, findings: [found], findingCount: 1, unrepaired: [found] };
    const zones = { find: () => undefined, scrub: async () => report };
    const { scrub, lines } = openScrub({ ...db, zones } as unknown as TestZoneDb);
    await scrub.pass();
    expect(scrub.fault).toContain('holdfast restore');
    expect(lines.some(({ level, msg }) => level === 50 && msg === scrub.fault)).toBe(true);
  });

  it('ends at once when it is closed, and outlives a store that is closed under it', async () => {
    const db = await openTestZoneDb(await temporaryFolder());
    const { scrub, lines, figure } = openScrub(db);
    scrub.start();
    await scrub.close();
    await db.close();
    await scrub.pass();
    expect(lines.at(-1)?.msg).toBe('the scrubber could not read the store');
    expect(await figure('last_pass_timestamp_seconds')).toBe(0);
  });
});
