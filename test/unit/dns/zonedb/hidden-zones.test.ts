/** Catalog zones in the image: what clients are told of them (RFC 9432 section 7). */
import { describe, expect, it } from 'vitest';
import { parseName } from '#dns/wire/name.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
import { DEFAULT_SETTINGS } from '#dns/zonedb/zone-row.ts';
import { ImageFixture } from '../../../kit/image-fixture.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';
import { contextOf, createExample, openTestZoneDb, replace } from '../../../kit/zone-db.ts';

const MEMBER = replace('a.zones.cat.example.com.', 'PTR', 0, 'a.example.');
const REFUSED = 5;

async function openCatalog(zones: ZoneDb) {
  return createExample(zones, [MEMBER], { kind: 'Producer' }, 'cat.example.com.');
}

function codes(fixture: ImageFixture): number[] {
  return [
    fixture.ask('cat.example.com.', 'SOA').answer.length,
    ...[
      fixture.ask('cat.example.com.', 'NS'),
      fixture.ask('a.zones.cat.example.com.', 'PTR'),
      fixture.ask('nothing.cat.example.com.', 'A'),
      fixture.ask('a.zones.cat.example.com.', 'SOA'),
    ].map(({ rcode }) => rcode),
  ];
}

describe('a catalog zone', () => {
  const HIDDEN = [1, REFUSED, REFUSED, REFUSED, REFUSED];

  it('is answered with its SOA and nothing else, also after changes and a restart', async () => {
    const folder = await temporaryFolder();
    const { zones, image, close } = await openTestZoneDb(folder);
    const apex = await openCatalog(zones);
    expect(codes(new ImageFixture(image))).toEqual(HIDDEN);
    const operations = [replace('b.zones.cat.example.com.', 'PTR', 0, 'b.example.')];
    await zones.apply({ zone: apex, operations, context: contextOf() });
    expect(codes(new ImageFixture(image))).toEqual(HIDDEN);
    await zones.setExpired(apex, true);
    await zones.setExpired(apex, false);
    expect(codes(new ImageFixture(image))).toEqual(HIDDEN);
    await close();
    const again = await openTestZoneDb(folder);
    expect(codes(new ImageFixture(again.image))).toEqual(HIDDEN);
  });

  it('is answered once it is none any more, and the other way round', async () => {
    const { zones, image } = await openTestZoneDb(await temporaryFolder());
    const apex = await openCatalog(zones);
    await zones.changeSettings(apex, { kind: 'Native' }, contextOf());
    expect(codes(new ImageFixture(image))).toEqual([1, 0, 0, 3, 0]);
    await zones.changeSettings(apex, { kind: 'Consumer' }, contextOf());
    expect(codes(new ImageFixture(image))).toEqual(HIDDEN);
  });

  it('is not shown by a chain that leads there', async () => {
    const { zones, image } = await openTestZoneDb(await temporaryFolder());
    await openCatalog(zones);
    const target = 'a.zones.cat.example.com.';
    const apex = await createExample(zones, [replace('alias.example.com.', 'CNAME', 60, target)]);
    expect(zones.find(apex)?.fault).toBeUndefined();
    const { rcode, answer } = new ImageFixture(image).ask('alias.example.com.', 'PTR');
    expect([rcode, answer.length]).toEqual([0, 1]);
  });

  it('that has no content yet is not answered either', async () => {
    const { zones, image } = await openTestZoneDb(await temporaryFolder());
    const settings = { ...DEFAULT_SETTINGS, kind: 'Consumer' as const };
    await zones.createEmpty(parseName('cat.example.com.'), settings, contextOf());
    const fixture = new ImageFixture(image);
    expect(fixture.ask('cat.example.com.', 'SOA').rcode).toBe(2);
    expect(fixture.ask('a.zones.cat.example.com.', 'PTR').rcode).toBe(REFUSED);
  });
});
