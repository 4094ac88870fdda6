// Repairs in the background: from whom, when again, and what ends them. Servers that have the zone
// are scripted; store, mirror and zone database are real.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from 'dns-packet';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type RepairLimits, ZoneRepairs } from '#app/zone-repairs.ts';
import { makeClockCell, openClock, setClockCell } from '#base/clock.ts';
import { seededRandom } from '#base/random.ts';
import type { Primary } from '#dns/transfer/secondary/primary.ts';
import { formatName, type Name, parseName, ROOT } from '#dns/wire/name.ts';
import { parseRdataText } from '#dns/wire/rdata/rdata-text.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { generationRange } from '#dns/zonedb/zone-keys.ts';
import { DEFAULT_SETTINGS } from '#dns/zonedb/zone-row.ts';
import {
  addressAnswer,
  nsAnswer,
  type ScriptedPrimary,
  startScriptedPrimary,
  wholeZoneScript,
} from '../../kit/scripted-primary.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import {
  contextOf,
  createExample,
  listRecords,
  openTestZoneDb,
  replace,
  type TestZoneDb,
} from '../../kit/zone-db.ts';

const APEX = parseName('example.com.');
const SERIAL = 7;
const SOA = `ns1.example.com. h.example.com. ${SERIAL} 14400 3600 604800 300`;
const RECORDS: Answer[] = [
  nsAnswer(),
  addressAnswer('a', '192.0.2.1'),
  addressAnswer('b', '192.0.2.2'),
];
const QUICK = { lookIntervalMs: 10, retryMsMin: 20, retryMsMax: 40 };

/** The zone that `wholeZoneScript(SERIAL, RECORDS)` sends. */
async function openZone(): Promise<TestZoneDb> {
  const db = await openTestZoneDb(await temporaryFolder());
  const operations = [
    replace('example.com.', 'SOA', 3600, SOA),
    replace('example.com.', 'NS', 3600, 'ns1.example.net.'),
    replace('a.example.com.', 'A', 300, '192.0.2.1'),
    replace('b.example.com.', 'A', 300, '192.0.2.2'),
  ];
  await createExample(db.zones, operations, { soaEditApi: '' });
  return db;
}

/** The zone loses its last name, the mirror is told that this is right, and memory has nothing. */
async function loseName({ zones, store, image }: TestZoneDb): Promise<void> {
  image.removeZone(APEX);
  const { from, to } = generationRange(zones.find(APEX)?.row.generation ?? 0);
  for await (const rows of store.range(from, to)) {
    await store.write(rows.slice(-1).map(({ key }) => ({ key, delete: true })));
  }
}

/** An import that leaves nothing of it but the SOA. */
async function replaceWhole({ zones }: TestZoneDb): Promise<void> {
  const records = [{ rdata: parseRdataText(TYPE.SOA, SOA, ROOT), disabled: false }];
  const nodes = [{ owner: APEX, rrsets: [{ type: TYPE.SOA, ttl: 60, records, comments: [] }] }];
  await zones.replace(APEX, () => ({
    apex: APEX,
    content: { nodes },
    settings: DEFAULT_SETTINGS,
    context: contextOf(),
    edited: true,
    marks: [],
  }));
}

async function scrub({ zones }: TestZoneDb): Promise<void> {
  await zones.scrub(0, new AbortController().signal);
}

function openRepairs(
  { zones, folder }: TestZoneDb,
  peers: readonly Primary[],
  limits: Partial<RepairLimits> = QUICK,
  clock = openClock({ kind: 'system' }),
) {
  const lines: { msg: string; reasons?: string[]; source?: string }[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const copies = { keyring: { find: () => undefined }, clock, random: seededRandom(1) };
  const backups = { open: async () => [], config: '', data: folder };
  const refreshed: string[] = [];
  const refresh = (apex: Name): void => void refreshed.push(formatName(apex));
  const from = { peersOf: () => peers, copies, backups };
  const repairs = new ZoneRepairs({ zones, refresh, ...from, log, limits });
  onTestFinished(() => repairs.close());
  const failures = (): string[][] =>
    lines.filter(({ reasons }) => reasons !== undefined).map(({ reasons = [] }) => reasons);
  return { repairs, failures, refreshed };
}

async function servingRecords(records: Answer[], serial = SERIAL): Promise<ScriptedPrimary> {
  return startScriptedPrimary(wholeZoneScript(serial, records));
}

describe('repairs in the background', () => {
  it('take a zone that the scrubber found from a server that has the same version', async () => {
    const db = await openZone();
    const records = await listRecords(db.zones, APEX);
    const peer = await servingRecords(RECORDS);
    const { repairs } = openRepairs(db, [peer]);
    repairs.start();
    await loseName(db);
    await scrub(db);
    await expect.poll(() => db.zones.faults()).toEqual([]);
    expect(await listRecords(db.zones, APEX)).toEqual(records);
    await expect.poll(() => repairs.waitingCount).toBe(0);
    expect(peer.asked).toEqual(['udp SOA', 'stream AXFR']);
  });

  it('begin with what a start found', async () => {
    const db = await openZone();
    await loseName(db);
    await db.close();
    const again = await openTestZoneDb(db.folder);
    expect(again.zones.faults()).toHaveLength(1);
    expect(again.image.hasZone(APEX)).toBe(false);
    openRepairs(again, [await servingRecords(RECORDS)]).repairs.start();
    await expect.poll(() => again.zones.faults()).toEqual([]);
    expect(again.image.hasZone(APEX)).toBe(true);
  });

  it('believe no server: another version, content or size is told and not taken', async () => {
    const db = await openZone();
    const other = await servingRecords([...RECORDS.slice(0, 2), addressAnswer('b', '192.0.2.3')]);
    const newer = await servingRecords(RECORDS, SERIAL + 1);
    const larger = await servingRecords([...RECORDS, addressAnswer('c', '192.0.2.4')]);
    const { repairs, failures, refreshed } = openRepairs(db, [other, newer, larger]);
    await loseName(db);
    await scrub(db);
    repairs.start();
    await expect.poll(() => failures().length).toBeGreaterThan(0);
    expect(failures()[0]).toEqual([
      'neither the mirror nor memory has it',
      `127.0.0.1:${other.port} has another content`,
      expect.stringContaining(
        `127.0.0.1:${newer.port}: has serial 8 of example.com., and serial 7`,
      ),
      expect.stringContaining(`127.0.0.1:${larger.port}: a zone of more than 5 records`),
    ]);
    // Where the zone is fetched, a newer version is as good.
    expect(refreshed[0]).toBe('example.com.');
    expect(newer.asked).not.toContain('stream AXFR');
    expect(await listRecords(db.zones, APEX).catch(() => 'damaged')).toBe('damaged');
  });

  it('come again after times that double up to a limit, until a server has the zone', async () => {
    const db = await openZone();
    const peer = await servingRecords([]);
    const cell = makeClockCell(0);
    const limits = { lookIntervalMs: 5, retryMsMin: 1000, retryMsMax: 3000 };
    const { repairs, failures } = openRepairs(
      db,
      [peer],
      limits,
      openClock({ kind: 'cell', cell }),
    );
    await loseName(db);
    await scrub(db);
    repairs.start();
    await expect.poll(() => failures().length).toBe(1);
    let dueAtMs = 0;
    for (const [index, delayMs] of [1000, 2000, 3000, 3000].entries()) {
      dueAtMs += delayMs;
      setClockCell(cell, dueAtMs - 1);
      await sleep(50);
      expect(failures()).toHaveLength(index + 1);
      setClockCell(cell, dueAtMs);
      await expect.poll(() => failures().length).toBe(index + 2);
    }
    peer.script = wholeZoneScript(SERIAL, RECORDS);
    setClockCell(cell, dueAtMs + 3000);
    await expect.poll(() => db.zones.faults()).toEqual([]);
  });

  it.each(['replaced', 'removed'])('end for a zone that was %s meanwhile', async (what) => {
    const db = await openZone();
    const peer = await servingRecords([]);
    const { repairs, failures } = openRepairs(db, [peer]);
    await loseName(db);
    await scrub(db);
    repairs.start();
    await expect.poll(() => failures().length).toBeGreaterThan(0);
    if (what === 'removed') await db.zones.remove(APEX, contextOf());
    else await replaceWhole(db);
    await expect.poll(() => repairs.waitingCount).toBe(0);
    const asked = peer.asked.length;
    await sleep(100);
    expect(peer.asked).toHaveLength(asked);
  });

  it('are asked for by a bounded number of people, and remember a bounded number of zones', async () => {
    const db = await openZone();
    await createExample(db.zones, [], {}, 'example.org.');
    const { repairs } = openRepairs(db, [], { ...QUICK, askedMax: 1, waitingMax: 1 });
    const first = repairs.repair(APEX);
    await expect(repairs.repair(APEX)).rejects.toMatchObject({ code: 'CHANGE_BUSY' });
    expect(await first).toEqual({ source: 'sound' });
    for (const apex of db.zones.names()) {
      db.image.removeZone(apex);
      const { from, to } = generationRange(db.zones.find(apex)?.row.generation ?? 0);
      for await (const rows of db.store.range(from, to)) {
        await db.store.write(rows.map(({ key }) => ({ key, delete: true })));
      }
    }
    await scrub(db);
    expect(db.zones.faults()).toHaveLength(2);
    repairs.start();
    expect(repairs.waitingCount).toBe(1);
  });
});
