/**
 * A whole server whose disk has lost rows of some zones, and the mirror with them: it starts, answers
 * and changes the zones that are well, and brings the others back from a backup and the journal by
 * itself, while changes go on.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { damageZones } from '../kit/damaged-zone.ts';
import { makeServerFolder, ServerProcess } from '../kit/server-process.ts';
import { temporaryFolder } from '../kit/temporary-folder.ts';

const LOST = ['lost-1.example.', 'lost-2.example.'];
const GONE = 'gone.example.';
const WELL = 'well.example.';
const ZONES = '/api/v1/servers/localhost/zones';
const BACKUPS = '/api/holdfast/v1/backups';
const BACKUP_CONFIG = `backup:
  drill: never
  locations: [{ name: disk-1, directory: ./disk-1 }]
`;

async function setAddress(server: ServerProcess, name: string, address: string): Promise<number> {
  const zone = name.slice(name.indexOf('.') + 1);
  const records = [{ content: address }];
  const rrset = { name, type: 'A', ttl: 60, changetype: 'REPLACE', records };
  return (await server.api('PATCH', `${ZONES}/${zone}`, { rrsets: [rrset] })).status;
}

/** The zone as the API shows it. */
async function shown(server: ServerProcess, zone: string): Promise<unknown> {
  const { rrsets } = (await (await server.api('GET', `${ZONES}/${zone}`)).json()) as {
    rrsets: object[];
  };
  return rrsets.map((rrset) => JSON.stringify(rrset)).sort();
}

async function makeZone(server: ServerProcess, name: string): Promise<void> {
  const nameservers = ['ns1.example.net.'];
  const { status } = await server.api('POST', ZONES, { name, kind: 'Native', nameservers });
  expect(status).toBe(201);
  expect(await setAddress(server, `first.${name}`, '192.0.2.1')).toBe(204);
  expect(await setAddress(server, `second.${name}`, '192.0.2.2')).toBe(204);
}

/** One from which the zones can come, and the journal goes on. @returns its id */
async function backUp(server: ServerProcess): Promise<string> {
  const answer = await server.api('POST', BACKUPS);
  expect(answer.status).toBeLessThan(300);
  const [id] = (await readdir(join(server.place.folder, 'disk-1'))).sort().reverse();
  return id;
}

describe('zones that the disk has lost', () => {
  it('come back from the newest backup and the journal, while others change', async () => {
    const place = await makeServerFolder(await temporaryFolder(), BACKUP_CONFIG);
    const first = await ServerProcess.start(place);
    for (const zone of [...LOST, WELL]) await makeZone(first, zone);
    const id = await backUp(first);
    // No backup has this one.
    await makeZone(first, GONE);
    for (const zone of LOST) await setAddress(first, `second.${zone}`, '192.0.2.22');
    const before = await Promise.all(LOST.map((zone) => shown(first, zone)));
    await first.stop();
    await damageZones(place.data, ['first', 'second'], [...LOST, GONE]);
    const again = await ServerProcess.start(place);
    const lines = (text: string) => again.lines.filter(({ msg }) => String(msg).includes(text));
    expect(lines('is not served')).toHaveLength(3);
    for (let octet = 0; octet < 20; octet++) {
      expect(await setAddress(again, `first.${WELL}`, `192.0.2.${octet}`)).toBe(204);
    }
    const repaired = () => lines('was repaired').map(({ zone, source }) => [zone, source]);
    await expect
      .poll(repaired, { timeout: 15_000 })
      .toEqual(LOST.map((zone) => [zone, `backup ${id} of disk-1`]));
    expect(await Promise.all(LOST.map((zone) => shown(again, zone)))).toEqual(before);
    for (const zone of LOST) expect(await setAddress(again, `new.${zone}`, '192.0.2.9')).toBe(204);
    // What nothing has is refused by name, and told.
    await expect
      .poll(() => lines('could not be repaired; it is tried again in 60 s'))
      .toHaveLength(1);
    expect(await setAddress(again, `new.${GONE}`, '192.0.2.9')).toBe(500);
    const health = (await (await again.api('GET', '/healthz')).json()) as object;
    expect(JSON.stringify(health)).toContain(`zone ${GONE}`);
    expect(JSON.stringify(health)).not.toContain(LOST[0]);
    expect(await readdir(join(place.data, 'repair'))).toEqual([]);
  }, 60_000);
});
