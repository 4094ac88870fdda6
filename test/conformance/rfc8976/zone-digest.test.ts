// RFC 8976 appendix A.1: the digest of the simple example zone, as describeZones tells it.
import { expect, it } from 'vitest';
import { describeZones, type ZoneDescription } from '#dns/zonedb/describe-zones.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { createExample, openTestZoneDb, replace } from '../../kit/zone-db.ts';

const DIGEST =
  'c68090d90a7aed716bc459f9340e3d7c1370d4d24b7e2fc3a1ddc0b9a87153b9' +
  'a9713b3c9ae5cc27777f98b8e730044c';

async function describeExample(...more: ReturnType<typeof replace>[]): Promise<ZoneDescription[]> {
  const { zones, store } = await openTestZoneDb(await temporaryFolder());
  const soa = 'ns1.example. admin.example. 2018031900 1800 900 604800 86400';
  await createExample(
    zones,
    [
      replace('example.', 'SOA', 86_400, soa),
      replace('example.', 'NS', 86_400, 'ns1.example.', 'NS2.example.'),
      replace('ns1.example.', 'A', 3600, '203.0.113.63'),
      replace('ns2.example.', 'AAAA', 3600, '2001:db8::63'),
      ...more,
    ],
    // The serial is kept by hand.
    { soaEditApi: '' },
    'example.',
  );
  const told: ZoneDescription[] = [];
  await describeZones(store, (zone) => told.push(zone));
  return told;
}

it('is that of the example, whatever the case of names', async () => {
  const told = await describeExample();
  expect(told).toEqual([{ zone: 'example.', serial: 2018031900, records: 5, zonemd: DIGEST }]);
});

it('leaves out the ZONEMD of the apex, and nothing else', async () => {
  const zonemd = `2018031900 1 1 ${DIGEST}`;
  const [same] = await describeExample(replace('example.', 'ZONEMD', 86_400, zonemd));
  expect(same.zonemd).toBe(DIGEST);
  const [other] = await describeExample(replace('a.example.', 'ZONEMD', 86_400, zonemd));
  expect(other.zonemd).not.toBe(DIGEST);
});
