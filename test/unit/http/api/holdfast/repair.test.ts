// Repairs of a zone's stored content, over HTTP and by `holdfast zone repair`.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseName } from '#dns/wire/name.ts';
import { generationRange } from '#dns/zonedb/zone-keys.ts';
import {
  type AdminFixture,
  createExampleZone,
  optionsOf,
  read,
  startAdmin,
  ZONES,
} from '../../../../kit/admin/admin-fixture.ts';
import { holdfast } from '../../../../kit/command-line.ts';
import { listRecords } from '../../../../kit/zone-db.ts';

const ZONE = 'example.org.';
const PATH = `/api/holdfast/v1/zones/${ZONE}/repair`;

async function setAddress(admin: AdminFixture, name: string, address: string): Promise<void> {
  const records = [{ content: address }];
  const rrset = { name, type: 'A', ttl: 300, changetype: 'REPLACE', records };
  const { status } = await admin.call('PATCH', `${ZONES}/${ZONE}`, { rrsets: [rrset] });
  expect(status).toBe(204);
}

/** The store loses every row of the zone but its apex, and memory all of it. */
async function loseNames({ parts }: AdminFixture): Promise<void> {
  parts.image.removeZone(parseName(ZONE));
  const generation = parts.zones.find(parseName(ZONE))?.row.generation ?? 0;
  const { from, to } = generationRange(generation);
  for await (const rows of parts.store.range(from, to)) {
    await parts.store.writeBulk(rows.slice(1).map(({ key }) => ({ key, delete: true })));
  }
}

describe('a repair of a zone', () => {
  it('takes the newest backup and the changes since', async () => {
    const admin = await startAdmin();
    const { zones, backups, folder } = admin.parts;
    await createExampleZone(admin);
    await setAddress(admin, `a.${ZONE}`, '192.0.2.1');
    await setAddress(admin, `b.${ZONE}`, '192.0.2.1');
    const { id } = await backups.run();
    await setAddress(admin, `b.${ZONE}`, '192.0.2.2');
    await setAddress(admin, `c.${ZONE}`, '192.0.2.3');
    const records = await listRecords(zones, parseName(ZONE));
    expect(await read(await admin.call('POST', PATH))).toMatchObject({ body: { source: 'sound' } });
    await loseNames(admin);
    const { status, body } = await read(await admin.call('POST', PATH));
    expect({ status, body }).toEqual({
      status: 200,
      body: { zone: ZONE, source: `backup ${id} of disk-1` },
    });
    expect(await listRecords(zones, parseName(ZONE))).toEqual(records);
    expect(zones.faults()).toEqual([]);
    await setAddress(admin, `d.${ZONE}`, '192.0.2.4');
    expect(await readdir(join(folder, 'repair'))).toEqual([]);
  });

  it('refuses the zone when no backup has what it must have, and says why', async () => {
    const admin = await startAdmin();
    await createExampleZone(admin);
    await loseNames(admin);
    const options = await optionsOf(admin);
    const { exitCode, stderr } = await holdfast('zone', 'repair', ZONE, ...options);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('disk-1 holds no backup');
    expect(admin.parts.zones.faults().map(({ zone }) => zone)).toEqual([ZONE]);
    expect((await admin.call('POST', PATH.replace(ZONE, 'none.org.'))).status).toBe(404);
  });
});
