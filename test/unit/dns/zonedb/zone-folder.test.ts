/** What the zones folder may overwrite, after a zone came or went through another door. */
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openClock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { parseName } from '#dns/wire/name.ts';
import { importZonefile } from '#dns/zonedb/import-zonefile.ts';
import { importZoneFolder } from '#dns/zonedb/zone-folder.ts';
import { zoneFileKey } from '#dns/zonedb/zone-keys.ts';
import { zonefileOfText } from '#dns/zonefile/zonefile-source.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';
import { contextOf, openTestZoneDb, replace } from '../../../kit/zone-db.ts';

const APEX = parseName('example.com.');

function fileOf(serial: number): string {
  return `@ 60 SOA ns1 host ${serial} 2 3 4 5\n@ 60 NS ns1.example.net.\n`;
}

async function openFolder() {
  const root = await temporaryFolder();
  const db = await openTestZoneDb(root);
  const folder = join(root, 'zones');
  await mkdir(folder);
  const writeAs = (name: string, text: string) => writeFile(join(folder, name), text);
  const write = (serial: number) => writeAs('example.com.zone', fileOf(serial));
  const clock = openClock({ kind: 'system' });
  const scan = () =>
    importZoneFolder({ zones: db.zones, store: db.store, folder, clock, log: silentLog() });
  const importText = (serial: number) =>
    importZonefile(db.zones, {
      apex: APEX,
      source: zonefileOfText(fileOf(serial)),
      file: 'import',
      includes: false,
      context: contextOf(),
      permit: () => {},
    });
  const serial = () => db.zones.find(APEX)?.row.serial;
  await write(1);
  await scan();
  return { ...db, write, writeAs, scan, importText, serial };
}

describe('a zone file that changed', () => {
  it('is imported when nobody else touched the zone', async () => {
    const { write, scan, serial } = await openFolder();
    await write(2);
    await scan();
    expect(serial()).toBe(2);
  });

  it('is imported although another file of the folder is refused', async () => {
    const { write, writeAs, scan, serial } = await openFolder();
    await writeAs('bad.example.zone', 'no zone at all\n');
    await write(2);
    await expect(scan()).rejects.toMatchObject({
      code: 'ZONEFILE_REFUSED',
      message: expect.stringContaining('bad.example.zone:1:'),
    });
    expect(serial()).toBe(2);
  });

  it('is imported beside a socket and a folder with names of zone files', async () => {
    const { folder, write, scan, serial } = await openFolder();
    const server = createServer().listen(join(folder, 'zones', 'socket.example.zone'));
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    await mkdir(join(folder, 'zones', 'folder.example.zone'));
    await write(2);
    await scan();
    expect(serial()).toBe(2);
  });

  it('is read again after it was only touched, and then not again', async () => {
    const { write, scan, serial, store, zones } = await openFolder();
    const mark = async () => Buffer.from((await store.get(zoneFileKey(APEX))) ?? []).toString();
    const before = await mark();
    await write(1);
    await scan();
    const renewed = await mark();
    expect(renewed).not.toBe(before);
    await scan();
    expect(await mark()).toBe(renewed);
    expect([serial(), zones.find(APEX)?.row.version]).toEqual([1, 1]);
  });

  it('is left alone when the zone was edited', async () => {
    const { zones, write, scan, serial } = await openFolder();
    const operations = [replace('www.example.com.', 'A', 60, '192.0.2.1')];
    const { newSerial } = await zones.apply({ zone: APEX, operations, context: contextOf() });
    await write(2);
    await scan();
    expect(serial()).toBe(newSerial);
  });

  it('is left alone when the zone was imported through another door', async () => {
    const { write, scan, importText, serial } = await openFolder();
    await importText(5);
    await write(6);
    await scan();
    expect(serial()).toBe(5);
  });

  it('does not bring back a zone that was deleted, however it came before', async () => {
    const { zones, write, scan, importText, serial } = await openFolder();
    await importText(5);
    await zones.remove(APEX, contextOf());
    await scan();
    await write(6);
    await scan();
    expect(serial()).toBeUndefined();
  });
});

describe('an import of what the zone already is', () => {
  it('makes no version, and leaves the zone to its file', async () => {
    const { zones, published, write, scan, importText, serial } = await openFolder();
    expect(await importText(1)).toMatchObject({
      outcome: { receipt: 'r-1', changed: false, oldSerial: 1, newSerial: 1 },
    });
    expect(zones.journal.last).toBe(1);
    expect(published).toHaveLength(1);
    await write(2);
    await scan();
    expect(serial()).toBe(2);
  });

  it('ends what was edited by hand: another import needs no force', async () => {
    const { zones, importText } = await openFolder();
    const operations = [replace('www.example.com.', 'A', 60, '192.0.2.1')];
    await zones.apply({ zone: APEX, operations, context: contextOf() });
    expect(zones.find(APEX)?.row.edited).toBe(true);
    await importText(9);
    expect(zones.find(APEX)?.row.edited).toBe(false);
  });
});

/** Files of which the larger is answered for before it is stored. */
async function openLarge() {
  const root = await temporaryFolder();
  const folder = join(root, 'zones');
  await mkdir(folder);
  const names = Array.from({ length: 5000 }, (_, index) => `n${index} 60 A 192.0.2.1\n`);
  await writeFile(join(folder, 'example.com.zone'), fileOf(1) + names.join(''));
  await writeFile(join(folder, 'small.example.zone'), fileOf(1));
  const scan = (db: Awaited<ReturnType<typeof openTestZoneDb>>) =>
    importZoneFolder({
      zones: db.zones,
      store: db.store,
      folder,
      clock: openClock({ kind: 'system' }),
      log: silentLog(),
      servedFirstMin: 1000,
    });
  return { root, scan };
}

describe('a large new zone', () => {
  it('is answered for while it is stored, and a change waits for that', async () => {
    const { root, scan } = await openLarge();
    const db = await openTestZoneDb(root);
    await scan(db);
    expect(db.image.hasZone(APEX)).toBe(true);
    expect(db.zones.find(APEX)).toMatchObject({
      isStored: false,
      row: { serial: 1, records: 5002 },
    });
    const view = await db.zones.view(APEX);
    expect(view?.row.records).toBe(5002);
    await view?.close();
    const operations = [replace('n1.example.com.', 'A', 60, '192.0.2.2')];
    const { newSerial } = await db.zones.apply({ zone: APEX, operations, context: contextOf() });
    expect(newSerial).toBeGreaterThan(1);
    expect(db.zones.find(APEX)?.row.records).toBe(5002);
  });

  it('is imported again when the server stopped before it was stored', async () => {
    const { root, scan } = await openLarge();
    const first = await openTestZoneDb(root);
    await scan(first);
    await first.close();
    const second = await openTestZoneDb(root);
    expect(second.zones.find(APEX)).toBeUndefined();
    await scan(second);
    await expect.poll(() => second.zones.find(APEX)?.isStored, { timeout: 5000 }).toBeUndefined();
    await second.close();
    const third = await openTestZoneDb(root);
    expect(third.zones.find(APEX)).toMatchObject({ fault: undefined });
    expect(third.image.statistics()).toMatchObject({ zones: 2, records: 5004 });
  });
});
