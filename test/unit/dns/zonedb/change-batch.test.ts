/** Several changes as one, and what would become of them. */
import { describe, expect, it } from 'vitest';
import { formatName, type Name } from '#dns/wire/name.ts';
import type { Change } from '#dns/zonedb/change.ts';
import { BATCHES_WAITING_MAX } from '#dns/zonedb/change-runner.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';
import { update } from '../../../kit/zone-change.ts';
import {
  contextOf,
  createExample,
  listRecords,
  openTestZoneDb,
  remove,
  replace,
} from '../../../kit/zone-db.ts';

async function openTwo() {
  const db = await openTestZoneDb(await temporaryFolder());
  const a = await createExample(db.zones, [], {}, 'a.example.');
  const b = await createExample(db.zones, [], {}, 'b.example.');
  const state = async () => ({
    a: await listRecords(db.zones, a),
    b: await listRecords(db.zones, b),
    last: db.zones.journal.last,
  });
  return { ...db, a, b, state };
}

function change(zone: Name, ...steps: string[]): Change {
  const operations = steps.map((step) => update(step.replace('@', formatName(zone))));
  return { zone, operations, context: contextOf() };
}

describe('a batch over zones', () => {
  it('makes a version of each, in one write, and several of one zone in order', async () => {
    const { zones, a, b, image, published } = await openTwo();
    const outcomes = await zones.applyAll([
      change(b, 'add www.@ 60 A 192.0.2.1'),
      change(a, 'add www.@ 60 A 192.0.2.1'),
      change(b, 'add www.@ 60 A 192.0.2.2'),
      change(b, 'add www.@ 60 A 192.0.2.2'),
    ]);
    expect(outcomes).toEqual([
      { receipt: 'r-3', oldSerial: 2, newSerial: 3, changed: true },
      { receipt: 'r-5', oldSerial: 2, newSerial: 3, changed: true },
      { receipt: 'r-4', oldSerial: 3, newSerial: 4, changed: true },
      { receipt: 'r-4', oldSerial: 4, newSerial: 4, changed: false },
    ]);
    expect(zones.find(b)?.row).toMatchObject({ serial: 4, version: 3, records: 5 });
    expect(published.slice(2).map(({ serial }) => serial)).toEqual([3, 4, 3]);
    expect(image.statistics().records).toBe(9);
  });

  it('is refused whole for one mistake, and says in which change', async () => {
    const { zones, a, b, state } = await openTwo();
    const before = await state();
    const bad = { zone: b, operations: [remove('b.example.', 'SOA')], context: contextOf() };
    const refusal = zones.applyAll([change(a, 'add www.@ 60 A 192.0.2.1'), bad]);
    await expect(refusal).rejects.toMatchObject({ code: 'CHANGE_SOA', detail: { change: 1 } });
    const missing = { ...bad, zone: replace('c.example.', 'A', 1).owner };
    const other = zones.applyAll([change(a, 'add www.@ 60 A 192.0.2.1'), missing]);
    await expect(other).rejects.toMatchObject({ code: 'ZONE_MISSING', detail: { change: 1 } });
    expect(await state()).toEqual(before);
  });

  it('is refused whole for what the image cannot hold', async () => {
    const { zones, a, b, state } = await openTwo();
    const before = await state();
    const texts = Array.from({ length: 300 }, (_, i) => `"${String(i).padEnd(255, 'x')}"`);
    const large = replace('big.b.example.', 'TXT', 60, ...texts);
    const refusal = zones.applyAll([
      change(a, 'add www.@ 60 A 192.0.2.1'),
      { zone: b, operations: [large], context: contextOf() },
    ]);
    await expect(refusal).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' });
    expect(await state()).toEqual(before);
    expect((await zones.applyAll([change(a, 'add w.@ 60 A 192.0.2.1')]))[0].changed).toBe(true);
  });

  it('and single changes in both orders of zones never wait for each other for ever', async () => {
    const { zones, a, b } = await openTwo();
    const work: Promise<unknown>[] = [];
    for (let i = 0; i < 50; i++) {
      const of = (zone: Name) => change(zone, `add h${i}.@ 60 A 192.0.2.${i}`);
      const also = (zone: Name) => change(zone, `add g${i}.@ 60 A 192.0.2.${i}`);
      work.push(zones.applyAll([of(a), of(b)]), zones.applyAll([also(b), also(a)]));
      work.push(zones.apply(change(a, `add s${i}.@ 60 A 192.0.2.1`)));
    }
    await Promise.all(work);
    expect(zones.find(a)?.row).toMatchObject({ serial: 152, records: 153 });
    expect(zones.find(b)?.row).toMatchObject({ serial: 102, records: 103 });
  });

  it('is refused when too many wait', async () => {
    const { zones, a } = await openTwo();
    const results = await Promise.allSettled(
      Array.from({ length: BATCHES_WAITING_MAX + 1 }, () => zones.applyAll([change(a)])),
    );
    expect(results.at(-1)).toMatchObject({ reason: { code: 'CHANGE_BUSY' } });
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1);
  });
});

describe('a preview', () => {
  it('tells what would be, and leaves everything as it was', async () => {
    const { zones, a, b, state, image } = await openTwo();
    const before = await state();
    const records = image.statistics();
    const previews = await zones.preview([
      change(a, 'add www.@ 60 A 192.0.2.1'),
      change(a, 'add www.@ 60 A 192.0.2.2'),
      change(b, 'remove www.@'),
    ]);
    expect(previews).toMatchObject([
      { oldSerial: 2, newSerial: 3, changed: true, errors: [] },
      { oldSerial: 3, newSerial: 4, changed: true, errors: [] },
      { oldSerial: 2, newSerial: 2, changed: false, edits: [] },
    ]);
    expect(previews[1].edits.map(({ type }) => type)).toEqual([1, 6]);
    expect(previews[1].edits[0].before?.records).toHaveLength(1);
    expect(await state()).toEqual(before);
    expect(image.statistics()).toMatchObject({ ...records, bytesTouched: expect.any(Number) });
  });

  it('names every mistake with its place', async () => {
    const { zones, a } = await openTwo();
    const [preview, missing] = await zones.preview([
      {
        zone: a,
        precondition: { serial: 7 },
        operations: [
          replace('www.a.example.', 'A', 2 ** 31, '192.0.2.1'),
          replace('www.a.example.', 'A', 60, '192.0.2.1'),
          replace('www.example.org.', 'A', 60, '192.0.2.1'),
          replace('www.a.example.', 'CNAME', 60, 'x.'),
        ],
        context: contextOf(),
      },
      { zone: replace('c.example.', 'A', 1).owner, operations: [], context: contextOf() },
    ]);
    expect(preview.errors.map(({ code, detail }) => [code, detail.operation])).toEqual([
      ['PRECONDITION_FAILED', undefined],
      ['CHANGE_TTL', 0],
      ['CHANGE_OUT_OF_ZONE', 2],
      ['CHANGE_CONFLICT', 3],
    ]);
    expect(missing.errors).toMatchObject([{ code: 'ZONE_MISSING', detail: { change: 1 } }]);
  });

  it('says what the image could not hold', async () => {
    const { zones, b } = await openTwo();
    const texts = Array.from({ length: 300 }, (_, i) => `"${String(i).padEnd(255, 'x')}"`);
    const operations = [replace('big.b.example.', 'TXT', 60, ...texts)];
    const [preview] = await zones.preview([{ zone: b, operations, context: contextOf() }]);
    expect(preview.errors).toMatchObject([{ code: 'IMAGE_TOO_LARGE', detail: { change: 0 } }]);
  });
});

describe('a zone without name servers', () => {
  it('is taken with a warning, once', async () => {
    const { zones, a } = await openTwo();
    const operations = [remove('a.example.', 'NS')];
    const outcome = await zones.apply({ zone: a, operations, context: contextOf() });
    expect(outcome.warnings).toMatchObject([{ severity: 'warning', code: 'ZONE_NS_MISSING' }]);
    const next = await zones.apply(change(a, 'add www.@ 60 A 192.0.2.1'));
    expect(next).not.toHaveProperty('warnings');
  });
});
