/** What the journal knows of a zone: versions, steps between serials, the way back. */
import { describe, expect, it } from 'vitest';
import { JOURNAL_LIMITS, type JournalLimits } from '#dns/zonedb/journal.ts';
import { HISTORY_OCTETS_MAX } from '#dns/zonedb/zone-history.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';
import { formatDelta, update } from '../../../kit/zone-change.ts';
import {
  contextOf,
  createExample,
  listRecords,
  openTestZoneDb,
  replace,
} from '../../../kit/zone-db.ts';

type Operations = Parameters<typeof createExample>[1] & object;
const WWW = 'www.example.com.';

function withoutSerial(lines: string[]): string[] {
  return lines.map((line) => line.replace(/( SOA \S+ \S+) \d+/, '$1'));
}

async function addAll(apply: (step: string) => Promise<unknown>, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await apply(`add h${i}.example.com. 60 A 192.0.2.1`);
}

async function openExample(operations: Operations = [], limits: Partial<JournalLimits> = {}) {
  const folder = await temporaryFolder();
  const journal = { ...JOURNAL_LIMITS, ...limits };
  const db = await openTestZoneDb(folder, undefined, journal);
  const zone = await createExample(db.zones, operations);
  const apply = (...steps: string[]) =>
    db.zones.apply({ zone, operations: steps.map(update), context: contextOf() });
  const deltas = async (serial: number) => {
    const list = await db.zones.changesSince(zone, serial);
    return list?.map((delta) => [delta.oldSerial, delta.newSerial, ...formatDelta(delta)]);
  };
  return { ...db, folder, zone, apply, deltas };
}

describe('the history of a zone', () => {
  it('is told newest first, page by page, by whom and what', async () => {
    const { zones, zone, apply } = await openExample();
    await apply(`add ${WWW} 60 A 192.0.2.1`);
    await createExample(zones, [], {}, 'other.example.');
    await zones.changeSettings(zone, { account: 'a', catalog: '' }, contextOf('s'));
    await apply(`remove ${WWW}`);
    const newest = await zones.history(zone, { limit: 2 });
    expect(newest.map(({ version, kind }) => [version, kind])).toEqual([
      [4, 'change'],
      [3, 'settings'],
    ]);
    expect(newest[0]).toMatchObject({ oldSerial: 3, newSerial: 4, actor: 'test', sequence: 5 });
    expect(newest[1].settings).toEqual({ before: { account: '' }, after: { account: 'a' } });
    const older = await zones.history(zone, { before: 3, limit: 9 });
    expect(older.map(({ version, kind }) => [version, kind])).toEqual([
      [2, 'change'],
      [1, 'create'],
    ]);
    expect(await zones.history(zone, { before: 1, limit: 9 })).toEqual([]);
    expect(await zones.history(zone, { limit: 0 })).toEqual([]);
  });

  it('goes on over a restart, and over the removal of the zone', async () => {
    const first = await openExample();
    await first.apply(`add ${WWW} 60 A 192.0.2.1`);
    await first.close();
    const { zones } = await openTestZoneDb(first.folder);
    await zones.remove(first.zone, contextOf());
    await createExample(zones);
    const kinds = (await zones.history(first.zone, { limit: 9 })).map(
      ({ version, kind }) => `${version} ${kind}`,
    );
    expect(kinds).toEqual(['4 create', '3 delete', '2 change', '1 create']);
    expect(zones.find(first.zone)?.row.version).toBe(4);
  });

  it('gives fewer entries where they are large', async () => {
    const { zones, zone } = await openExample();
    const texts = Array.from({ length: 200 }, (_, i) => `"${String(i).padEnd(255, 'x')}"`);
    const big = (ttl: number) =>
      Array.from({ length: 90 }, (_, i) => replace(`t${i}.example.com.`, 'TXT', ttl, ...texts));
    for (const ttl of [1, 2, 3]) {
      await zones.apply({ zone, operations: big(ttl), context: contextOf() });
    }
    const history = await zones.history(zone, { limit: 9 });
    expect(90 * 200 * 255 * 2 * 2).toBeGreaterThan(HISTORY_OCTETS_MAX);
    expect(history.map(({ version }) => version)).toEqual([4]);
  });

  it('does not count settings that stay as they are', async () => {
    const { zones, zone } = await openExample();
    const same = await zones.changeSettings(zone, { account: '' }, contextOf());
    expect(same).toMatchObject({ changed: false, receipt: 'r-1' });
  });
});

describe('the steps since a serial', () => {
  it('are what clients were served, oldest first, each with its SOA', async () => {
    const { zones, zone, apply, deltas } = await openExample();
    await apply(`add ${WWW} 60 A 192.0.2.1`);
    await zones.changeSettings(zone, { account: 'a' }, contextOf());
    await apply(`add ${WWW} 60 A 192.0.2.2`, `add x.example.com. 60 TXT "x"`);
    await apply(`remove ${WWW} A 192.0.2.1`);
    expect(await deltas(2)).toEqual([
      [2, 3, `+ ${WWW} 60 A 192.0.2.1`],
      [3, 4, `+ ${WWW} 60 A 192.0.2.2`, '+ x.example.com. 60 TXT "x"'],
      [4, 5, `- ${WWW} 60 A 192.0.2.1`],
    ]);
    expect(await deltas(4)).toHaveLength(1);
    expect(await deltas(5)).toEqual([]);
    const [last] = (await zones.changesSince(zone, 4)) ?? [];
    expect(last.oldSoa.rdatas[0].at(-17)).toBe(4);
    expect(last.newSoa.rdatas[0].at(-17)).toBe(5);
  });

  it('say names in lower case, however the change wrote them', async () => {
    const { apply, deltas } = await openExample();
    await apply(`add WWW.Example.COM. 60 CNAME Mail.Example.com.`);
    expect(await deltas(2)).toEqual([[2, 3, `+ ${WWW} 60 CNAME Mail.Example.com.`]]);
  });

  it('take and bring every record of an RRset whose TTL changes', async () => {
    const { apply, deltas } = await openExample([replace(WWW, 'A', 60, '192.0.2.1')]);
    await apply(`add ${WWW} 90 A 192.0.2.2`);
    expect(await deltas(2)).toEqual([
      [2, 3, `- ${WWW} 60 A 192.0.2.1`, `+ ${WWW} 90 A 192.0.2.1`, `+ ${WWW} 90 A 192.0.2.2`],
    ]);
  });

  it('do not know disabled records', async () => {
    const { zones, zone, apply, deltas } = await openExample();
    const off = replace(WWW, 'A', 60, '192.0.2.1', '192.0.2.2');
    if (off.kind === 'replace') off.records[0].disabled = true;
    await zones.apply({ zone, operations: [off], context: contextOf() });
    const gone = replace(WWW, 'A', 60, '192.0.2.2');
    await zones.apply({ zone, operations: [gone], context: contextOf() });
    await apply(`remove ${WWW}`);
    expect(await deltas(2)).toEqual([
      [2, 3, `+ ${WWW} 60 A 192.0.2.2`],
      [3, 4, `- ${WWW} 60 A 192.0.2.2`],
    ]);
  });

  it.each([1, 3, 2 ** 31])('are not known since %i, which never was', async (serial) => {
    const { deltas } = await openExample();
    expect(await deltas(serial)).toBeUndefined();
  });

  it('end where the zone got a whole new content', async () => {
    const { zones, zone, apply, deltas } = await openExample();
    await apply(`add ${WWW} 60 A 192.0.2.1`);
    await zones.remove(zone, contextOf());
    await createExample(zones);
    await apply(`add ${WWW} 60 A 192.0.2.1`);
    expect(await deltas(2)).toHaveLength(1);
    await apply(`add ${WWW} 60 A 192.0.2.2`);
    expect(await deltas(1)).toBeUndefined();
  });

  it('end where records changed under one serial', async () => {
    const { zones, zone, apply, deltas } = await openExample();
    await apply(`add ${WWW} 60 A 192.0.2.1`);
    await zones.changeSettings(zone, { soaEditApi: '' }, contextOf());
    await apply(`add ${WWW} 60 A 192.0.2.2`);
    await zones.changeSettings(zone, { soaEditApi: 'INCREASE' }, contextOf());
    await apply(`add ${WWW} 60 A 192.0.2.3`);
    expect(await deltas(2)).toBeUndefined();
    expect(await deltas(3)).toHaveLength(1);
  });
});

describe('a restore', () => {
  it('gives the zone its records and comments of then under a new serial', async () => {
    const { zones, zone, apply } = await openExample([replace(WWW, 'A', 60, '192.0.2.1')]);
    const comments = [{ content: 'c', account: 'a', modifiedAt: 1 }];
    const commented = { ...replace(WWW, 'A', 60, '192.0.2.1'), comments };
    await zones.apply({ zone, operations: [commented], context: contextOf() });
    const wanted = await listRecords(zones, zone);
    await apply(`remove ${WWW}`, `add a.example.com. 60 A 192.0.2.3`);
    await apply(`add ${WWW} 90 CNAME x.`, `remove example.com. NS ns1.example.net.`);
    const outcome = await zones.restore(zone, 2, contextOf());
    expect(outcome).toMatchObject({ oldSerial: 4, newSerial: 5 });
    expect(withoutSerial(await listRecords(zones, zone))).toEqual(withoutSerial(wanted));
    const view = await zones.view(zone);
    const node = await view?.node(replace(WWW, 'A', 1).owner);
    await view?.close();
    expect(node?.rrsets[0].comments).toEqual(comments);
    expect(await zones.restore(zone, 5, contextOf())).toMatchObject({ changed: false });
  });

  it('gives a newer serial where it is kept by hand', async () => {
    const { zones, zone, apply } = await openExample([], {});
    await zones.changeSettings(zone, { soaEditApi: '' }, contextOf());
    await apply(`add ${WWW} 60 A 192.0.2.1`);
    expect(await zones.restore(zone, 2, contextOf())).toMatchObject({ oldSerial: 2, newSerial: 3 });
  });

  it('holds against changes that come meanwhile', async () => {
    const { zones, zone, apply } = await openExample();
    await apply(`add ${WWW} 60 A 192.0.2.1`);
    const restoring = zones.restore(zone, 1, contextOf());
    await apply(`add a.example.com. 60 A 192.0.2.1`);
    await restoring;
    expect((await listRecords(zones, zone)).filter((line) => line.includes(' A '))).toEqual([]);
  });

  it.each([0, 2, 1.5])('to version %d, which never was, is refused', async (version) => {
    const { zones, zone } = await openExample();
    const refusal = zones.restore(zone, version, contextOf());
    await expect(refusal).rejects.toMatchObject({ code: 'HISTORY_GONE' });
  });
});

describe('the limits of the journal', () => {
  it('drop the oldest entries, a few at a time, and the way back with them', async () => {
    const { zones, zone, apply, deltas, folder, close } = await openExample([], { entriesMax: 5 });
    await addAll(apply, 9);
    const versions = (await zones.history(zone, { limit: 99 })).map(({ version }) => version);
    expect(versions).toEqual([10, 9, 8, 7, 6]);
    expect(await zones.journal.get(5)).toBeUndefined();
    expect(await deltas(6)).toHaveLength(5);
    expect(await deltas(5)).toBeUndefined();
    const refusal = zones.restore(zone, 4, contextOf());
    await expect(refusal).rejects.toThrow('leads back to version 5');
    expect(await zones.restore(zone, 8, contextOf())).toMatchObject({ changed: true });
    await close();
    const again = await openTestZoneDb(folder);
    expect(await again.zones.history(zone, { limit: 99 })).toHaveLength(5);
  });

  it('shrink a journal that is far above them by two entries for each that comes', async () => {
    const first = await openExample();
    await addAll(first.apply, 20);
    await first.close();
    const limits = { ...JOURNAL_LIMITS, entriesMax: 3 };
    const { zones } = await openTestZoneDb(first.folder, undefined, limits);
    const change = { zone: first.zone, context: contextOf() };
    await zones.apply({ ...change, operations: [update(`add ${WWW} 60 A 192.0.2.1`)] });
    expect(await zones.history(first.zone, { limit: 99 })).toHaveLength(20);
  });

  it('count octets', async () => {
    const { zones, zone, apply } = await openExample([], { octetsMax: 2000 });
    await addAll(apply, 40);
    const history = await zones.history(zone, { limit: 99 });
    expect(history.length).toBeGreaterThan(2);
    expect(history.length).toBeLessThan(20);
  });

  it('count days', async () => {
    const { zones, zone, apply } = await openExample([], { ageMsMax: 0 });
    await apply(`add ${WWW} 60 A 192.0.2.1`);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await apply(`add ${WWW} 60 A 192.0.2.2`);
    expect(await zones.history(zone, { limit: 99 })).toHaveLength(1);
  });
});
