/** The change engine on a real store: what it accepts, refuses, journals and brings back. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseName, ROOT, sortKey } from '#dns/wire/name.ts';
import { parseRdataText } from '#dns/wire/rdata/rdata-text.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { generationRange, nodeKey } from '#dns/zonedb/zone-keys.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';
import {
  contextOf,
  createExample,
  listRecords,
  openTestZoneDb,
  remove,
  replace,
} from '../../../kit/zone-db.ts';

const WWW = 'www.example.com.';

async function openExample(...operations: Parameters<typeof createExample>[1] & object) {
  const db = await openTestZoneDb(await temporaryFolder());
  const zone = await createExample(db.zones, operations);
  const apply = (...changes: Parameters<typeof createExample>[1] & object) =>
    db.zones.apply({ zone, operations: changes, context: contextOf() });
  return { ...db, zone, apply };
}

/**
 * A database that took its image from a snapshot while the store lost a row, and the mirror thinks
 * that right. @param disabled the record in it is not served, so that the snapshot has it not
 */
async function loseBehindSnapshot(disabled: boolean) {
  const folder = await temporaryFolder();
  const snapshot = join(folder, 'image');
  const first = await openTestZoneDb(folder, snapshot);
  const records = [{ rdata: parseRdataText(TYPE.A, '192.0.2.1', ROOT), disabled }];
  const owner = parseName(WWW);
  const zone = await createExample(first.zones, [
    { kind: 'replace', owner, type: TYPE.A, ttl: 60, records },
  ]);
  const before = await listRecords(first.zones, zone);
  const generation = first.zones.find(zone)?.row.generation ?? 0;
  await first.zones.close();
  await first.zones.saveImage(snapshot);
  await first.store.write([{ key: nodeKey(generation, sortKey(owner, zone)), delete: true }]);
  await first.close();
  return { again: await openTestZoneDb(folder, snapshot), zone, before };
}

describe('a change', () => {
  it('makes one version, one serial and one journal entry, whatever the number of its edits', async () => {
    const { zones, zone, apply, published } = await openExample();
    const outcome = await apply(
      replace(WWW, 'A', 300, '192.0.2.1'),
      replace(WWW, 'AAAA', 300, '2001:db8::1'),
    );
    expect(outcome).toEqual({ receipt: 'r-2', oldSerial: 2, newSerial: 3, changed: true });
    expect(zones.find(zone)?.row).toMatchObject({
      serial: 3,
      version: 2,
      records: 5,
      edited: true,
    });
    const entry = await zones.journal.get(2);
    expect(entry?.edits.map(({ type }) => type)).toEqual([1, 28, 6]);
    expect(published.map(({ serial }) => serial)).toEqual([2, 3]);
  });

  it('that changes nothing makes no version', async () => {
    const { zones, apply } = await openExample(replace(WWW, 'A', 300, '192.0.2.1'));
    const outcome = await apply(replace(WWW, 'A', 300, '192.0.2.1'), remove('x.example.com.', 'A'));
    expect(outcome).toMatchObject({ changed: false, oldSerial: 2, newSerial: 2 });
    expect(zones.journal.last).toBe(1);
  });

  it('that takes back its own steps makes no version', async () => {
    const { zones, apply } = await openExample();
    const outcome = await apply(replace(WWW, 'A', 300, '192.0.2.1'), remove(WWW, 'A'));
    expect(outcome).toMatchObject({ changed: false });
    expect(zones.journal.last).toBe(1);
  });

  it('tells in the journal what was there before its first step', async () => {
    const { zones, apply } = await openExample();
    await apply(replace(WWW, 'A', 300, '192.0.2.1'), replace(WWW, 'A', 60, '192.0.2.2'));
    const entry = await zones.journal.get(2);
    expect(entry?.edits[0]).toMatchObject({ before: undefined, after: { ttl: 60 } });
  });

  it('merges records that are the same', async () => {
    const { zones, zone, apply } = await openExample();
    await apply(replace(WWW, 'MX', 300, '10 Mail.example.com.', '10 mail.EXAMPLE.com.'));
    const records = await listRecords(zones, zone);
    expect(records.filter((line) => line.includes(' MX '))).toHaveLength(1);
  });

  it('keeps a disabled record and does not count it as served', async () => {
    const { zones, zone, apply } = await openExample();
    const operation = replace(WWW, 'A', 300, '192.0.2.1');
    if (operation.kind === 'replace') operation.records[0].disabled = true;
    const outcome = await apply(operation);
    expect(outcome).toMatchObject({ changed: true, oldSerial: 2, newSerial: 2 });
    expect(await listRecords(zones, zone)).toContain(`${WWW} 300 A 192.0.2.1 disabled`);
  });

  it('applies its steps in order, so that a CNAME can give way to an address', async () => {
    const { zones, zone, apply } = await openExample(replace(WWW, 'CNAME', 60, 'a.example.com.'));
    await apply(remove(WWW, 'CNAME'), replace(WWW, 'A', 60, '192.0.2.7'));
    expect(await listRecords(zones, zone)).toContain(`${WWW} 60 A 192.0.2.7`);
  });

  it('takes the serial that its own SOA brings as the start', async () => {
    const { apply } = await openExample();
    const soa = 'ns1.example.com. hostmaster.example.com. 70 7200 900 1209600 300';
    expect(await apply(replace('example.com.', 'SOA', 3600, soa))).toMatchObject({ newSerial: 71 });
  });

  it('never takes the serial back', async () => {
    const { apply } = await openExample(replace(WWW, 'A', 60, '192.0.2.1'));
    await apply(
      replace('example.com.', 'SOA', 60, 'a.example. b.example. 2000000000 7200 900 1209600 300'),
    );
    const again = await apply(
      replace('example.com.', 'SOA', 60, 'a.example. b.example. 9 7200 900 1209600 300'),
    );
    expect(again.newSerial).toBe(again.oldSerial + 1);
  });

  it('adds and takes away single records', async () => {
    const { zones, zone, apply } = await openExample(replace(WWW, 'A', 60, '192.0.2.1'));
    const [a, b] = [replace(WWW, 'A', 60, '192.0.2.1'), replace(WWW, 'A', 60, '192.0.2.2')];
    if (a.kind !== 'replace' || b.kind !== 'replace') throw new Error('unreachable');
    const { owner, type } = a;
    await apply({ kind: 'extend', owner, type, ttl: undefined, record: b.records[0] });
    expect((await listRecords(zones, zone)).filter((line) => line.startsWith(WWW))).toHaveLength(2);
    await expect(
      apply({
        kind: 'extend',
        owner,
        type,
        ttl: 61,
        record: { rdata: Uint8Array.of(1, 2, 3, 4), disabled: false },
      }),
    ).rejects.toThrow('uses a different TTL value');
    await apply({ kind: 'prune', owner, type, rdata: a.records[0].rdata });
    expect(await listRecords(zones, zone)).toContain(`${WWW} 60 A 192.0.2.2`);
    await apply({ kind: 'prune', owner, type, rdata: b.records[0].rdata });
    expect((await listRecords(zones, zone)).filter((line) => line.startsWith(WWW))).toEqual([]);
  });
});

describe('a change is refused whole', () => {
  const cases: [string, Parameters<typeof createExample>[1] & object, string, string][] = [
    [
      'a CNAME beside other data',
      [replace(WWW, 'A', 60, '192.0.2.1'), replace(WWW, 'CNAME', 60, 'x.example.')],
      'CHANGE_CONFLICT',
      'conflicts with existing A RRset',
    ],
    [
      'two CNAMEs',
      [replace(WWW, 'CNAME', 60, 'x.example.', 'y.example.')],
      'CHANGE_CONFLICT',
      'only one such record allowed',
    ],
    [
      'an SOA below the apex',
      [replace(WWW, 'SOA', 60, 'a.example. b.example. 1 2 3 4 5')],
      'CHANGE_CONFLICT',
      'is only allowed at apex',
    ],
    [
      'a DS at the apex',
      [replace('example.com.', 'DS', 60, `1 13 2 ${'00'.repeat(32)}`)],
      'CHANGE_CONFLICT',
      'is not allowed at apex',
    ],
    [
      'NS with DNAME below the apex',
      [replace(WWW, 'NS', 60, 'ns.example.'), replace(WWW, 'DNAME', 60, 'x.example.')],
      'CHANGE_CONFLICT',
      'Cannot have both NS and DNAME',
    ],
    [
      'a name of another zone',
      [replace('www.example.org.', 'A', 60, '192.0.2.1')],
      'CHANGE_OUT_OF_ZONE',
      'Name is out of zone',
    ],
    ['no SOA left', [remove('example.com.', 'SOA')], 'CHANGE_SOA', 'must keep its SOA'],
    ['a signature', [replace(WWW, 'RRSIG', 60)], 'CHANGE_TYPE', 'invalid type given'],
    [
      'a TTL of 2^31',
      [replace(WWW, 'A', 2 ** 31, '192.0.2.1')],
      'CHANGE_TTL',
      'is above 2147483647',
    ],
  ];
  it.each(cases)('for %s', async (_what, operations, code, text) => {
    const { zones, zone, apply } = await openExample();
    const before = await listRecords(zones, zone);
    const refusal = apply(replace('ok.example.com.', 'A', 60, '192.0.2.9'), ...operations);
    await expect(refusal).rejects.toMatchObject({ code, message: expect.stringContaining(text) });
    expect(await listRecords(zones, zone)).toEqual(before);
    expect(zones.journal.last).toBe(1);
  });

  it('and those that wait beside it are not', async () => {
    const { zones, zone, apply } = await openExample();
    const results = await Promise.allSettled([
      apply(replace('a.example.com.', 'A', 60, '192.0.2.1')),
      apply(replace('b.example.com.', 'CNAME', 60, 'x.example.', 'y.example.')),
      apply(replace('c.example.com.', 'A', 60, '192.0.2.3')),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    const records = await listRecords(zones, zone);
    expect(records.some((line) => line.startsWith('b.'))).toBe(false);
    expect(records.filter((line) => /^[ac]\./.test(line))).toHaveLength(2);
  });
});

describe('what the image cannot hold', () => {
  it('is refused before anything is stored, and takes no neighbour along', async () => {
    const { zones, zone, apply } = await openExample();
    const texts = Array.from({ length: 300 }, (_, i) => `"${String(i).padEnd(255, 'x')}"`);
    const results = await Promise.allSettled([
      apply(replace('a.example.com.', 'A', 60, '192.0.2.1')),
      apply(replace('big.example.com.', 'TXT', 60, ...texts)),
      apply(replace('c.example.com.', 'A', 60, '192.0.2.3')),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(results[1]).toMatchObject({ reason: { code: 'IMAGE_TOO_LARGE' } });
    const records = await listRecords(zones, zone);
    expect(records.some((line) => line.startsWith('big.'))).toBe(false);
    expect(zones.journal.last).toBe(3);
    expect(zones.faults()).toEqual([]);
  });
});

describe('many changes at once', () => {
  it('each get a version and a serial of their own, and none is lost', async () => {
    const { zones, zone, apply } = await openExample();
    const outcomes = await Promise.all(
      Array.from({ length: 500 }, (_, index) =>
        apply(replace(`h${index}.example.com.`, 'A', 60, '192.0.2.1')),
      ),
    );
    const serials = new Set(outcomes.map(({ newSerial }) => newSerial));
    expect(serials.size).toBe(500);
    expect(Math.max(...serials)).toBe(502);
    expect(zones.find(zone)?.row.records).toBe(503);
    expect(zones.journal.last).toBe(501);
  });

  it('of one RRset never leave both values', async () => {
    const { zones, zone, apply } = await openExample();
    await Promise.all(
      Array.from({ length: 64 }, (_, index) => apply(replace(WWW, 'A', 60, `192.0.2.${index}`))),
    );
    expect((await listRecords(zones, zone)).filter((line) => line.startsWith(WWW))).toHaveLength(1);
  });
});

describe('a zone', () => {
  it('comes back from the store as it was', async () => {
    const { zones, zone, apply, folder, close } = await openExample();
    await apply(replace(WWW, 'A', 60, '192.0.2.1'));
    const before = { records: await listRecords(zones, zone), row: zones.find(zone)?.row };
    await close();
    const again = await openTestZoneDb(folder);
    expect(await listRecords(again.zones, zone)).toEqual(before.records);
    expect(again.zones.find(zone)?.row).toEqual(before.row);
    expect(again.image.statistics().records).toBe(4);
  });

  it('has its serial in the stored SOA too, and the digest of what is stored', async () => {
    const { zones, zone, apply } = await openExample();
    for (const owner of ['example.com.', WWW, 'example.com.']) {
      const { newSerial } = await apply(
        replace(owner, 'TXT', 60, `"${owner} at ${Math.random()}"`),
      );
      const soa = (await listRecords(zones, zone)).find((line) => line.includes(' SOA '));
      expect(soa).toContain(` ${newSerial} 7200 `);
    }
  });

  it('that was removed is gone with all its rows, also after a restart', async () => {
    const { zones, zone, folder, close } = await openExample();
    const generation = zones.find(zone)?.row.generation ?? 0;
    await zones.remove(zone, contextOf());
    expect(zones.find(zone)).toBeUndefined();
    await close();
    const again = await openTestZoneDb(folder);
    expect(again.zones.names()).toEqual([]);
    const { from, to } = generationRange(generation);
    const countRows = async (): Promise<number> => {
      let rows = 0;
      for await (const chunk of again.store.range(from, to)) rows += chunk.length;
      return rows;
    };
    await expect.poll(countRows).toBe(0);
  });

  it('cannot be created twice', async () => {
    const { zones } = await openExample();
    await expect(createExample(zones)).rejects.toMatchObject({ code: 'ZONE_EXISTS' });
  });

  it('that does not exist cannot be changed', async () => {
    const { zones } = await openExample();
    const zone = parseName('example.org.');
    const refusal = zones.apply({ zone, operations: [], context: contextOf() });
    await expect(refusal).rejects.toMatchObject({ code: 'ZONE_MISSING' });
  });

  it('of which a row vanished behind a snapshot comes back from that', async () => {
    const { again, zone, before } = await loseBehindSnapshot(false);
    expect(again.image.statistics()).toMatchObject({ zones: 1, records: 4 });
    await expect.poll(() => listRecords(again.zones, zone).catch(() => [])).toEqual(before);
    await expect.poll(() => again.zones.faults()).toEqual([]);
    await again.zones.apply({ zone, operations: [remove(WWW, 'A')], context: contextOf() });
  });

  it('of which a row vanished that no snapshot has is answered from that, and is named', async () => {
    const { again, zone } = await loseBehindSnapshot(true);
    expect(again.image.statistics()).toMatchObject({ zones: 1, records: 3 });
    await expect
      .poll(() => again.zones.faults())
      .toEqual([
        { zone: 'example.com.', fault: expect.stringContaining('has 3 of its 4 records') },
      ]);
    expect(again.image.hasZone(zone)).toBe(true);
    await expect(
      again.zones.apply({ zone, operations: [remove(WWW, 'A')], context: contextOf() }),
    ).rejects.toMatchObject({ code: 'ZONE_DAMAGED' });
  });

  it('of which a row vanished is not served, is named, and leaves the others alone', async () => {
    const { zones, zone, apply, folder, close, store } = await openExample();
    await apply(replace(WWW, 'A', 60, '192.0.2.1'));
    const { from, to } = generationRange(zones.find(zone)?.row.generation ?? 0);
    const keys: Uint8Array[] = [];
    for await (const chunk of store.range(from, to)) keys.push(...chunk.map(({ key }) => key));
    await store.write([{ key: keys[1], delete: true }]);
    await close();
    const again = await openTestZoneDb(folder);
    expect(again.zones.faults()).toEqual([
      { zone: 'example.com.', fault: expect.stringContaining('has 3 of its 4 records') },
    ]);
    expect(again.image.statistics().zones).toBe(0);
    await expect(
      again.zones.apply({ zone, operations: [remove(WWW, 'A')], context: contextOf() }),
    ).rejects.toMatchObject({ code: 'ZONE_DAMAGED' });
  });
});
