/**
 * Zones that are answered from memory while the store loses their rows: what is in memory is the
 * zone again, for signed zones of every kind of denial, compressed names and rare types.
 */
import { createReadStream } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseName } from '#dns/wire/name.ts';
import { importZonefile } from '#dns/zonedb/import-zonefile.ts';
import { generationRange } from '#dns/zonedb/zone-keys.ts';
import { peersMissing } from '../kit/peers.ts';
import { SIGNING_PROGRAMS, signZone } from '../kit/signed-zone.ts';
import { temporaryFolder } from '../kit/temporary-folder.ts';
import { contextOf, listRecords, openTestZoneDb } from '../kit/zone-db.ts';

const ZONE = 'signed.example.';

describe.skipIf(peersMissing(...SIGNING_PROGRAMS, 'dnssec-signzone'))('what memory has', () => {
  it.each(['nsec', 'nsec3', 'opt-out'] as const)('is a zone signed with %s', async (denial) => {
    const folder = await temporaryFolder();
    const signed = await signZone(folder, { zone: ZONE, algorithm: 'ECDSAP256SHA256', denial });
    const db = await openTestZoneDb(folder);
    const apex = parseName(ZONE);
    await importZonefile(db.zones, {
      apex,
      source: createReadStream(signed.file),
      file: signed.file,
      includes: false,
      context: contextOf(),
      permit: () => undefined,
    });
    const before = await listRecords(db.zones, apex);
    expect(before.length).toBeGreaterThan(80);
    const { from, to } = generationRange(db.zones.find(apex)?.row.generation ?? 0);
    for await (const rows of db.store.range(from, to)) {
      // The mirror is told that this is right.
      await db.store.write(rows.map(({ key }) => ({ key, delete: true })));
    }
    expect(await db.zones.repair(apex)).toBe('memory');
    expect(await listRecords(db.zones, apex)).toEqual(before);
  });
});
