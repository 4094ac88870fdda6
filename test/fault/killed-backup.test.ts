/**
 * A server that dies while it backs up: what has a manifest is whole, whatever was half written
 * counts for nothing, and the backup from before is restored.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { listBackups } from '#store/backup/list-backups.ts';
import { verifyBackup } from '#store/backup/verify-backup.ts';
import { DirectoryLocation } from '#store/locations/directory-location.ts';
import { holdfast } from '../kit/command-line.ts';
import { makeServerFolder, ServerProcess } from '../kit/server-process.ts';
import { temporaryFolder } from '../kit/temporary-folder.ts';

const RECORDS = 20_000;
/** The server is killed as soon as such a file is there in a new set. */
const KILLED_AT = ['store.zst.partial', 'store.zst', 'manifest.json'];

it('leaves whole backups and none by halves when killed', { timeout: 120_000 }, async () => {
  const folder = await temporaryFolder();
  const locations = 'backup: { locations: [{ name: disk, directory: ./disk }] }\n';
  const place = await makeServerFolder(folder, locations);
  const disk = new DirectoryLocation('disk', join(folder, 'disk'));
  let server = await ServerProcess.start(place);
  const lines = Array.from({ length: RECORDS }, (_, index) => `h${index} A 192.0.2.${index % 250}`);
  const text = `$ORIGIN example.com.\n$TTL 60\n@ SOA ns.other. hostmaster 1 7200 900 1209600 300\n@ NS ns.other.\n${lines.join('\n')}\n`;
  const made = await fetch(`${place.apiUrl}/api/holdfast/v1/zones/example.com./import`, {
    method: 'POST',
    headers: { 'X-API-Key': server.key, 'content-type': 'text/dns' },
    body: text,
  });
  expect(made.status).toBe(200);
  const first = await server.api('POST', '/api/holdfast/v1/backups');
  expect(first.status).toBe(201);
  for (const file of KILLED_AT) {
    const known = await readdir(join(folder, 'disk'));
    const cut = server.api('POST', '/api/holdfast/v1/backups').catch(() => undefined);
    await newFile(join(folder, 'disk'), new Set(known), file);
    await server.kill();
    await cut;
    const { backups, damaged } = await listBackups(disk);
    expect(damaged).toEqual([]);
    expect(backups.length).toBeGreaterThanOrEqual(1);
    for (const { id } of backups) await verifyBackup(disk, id);
    server = await ServerProcess.start(place);
  }
  await server.kill();
  const sets = await readdir(join(folder, 'disk'));
  expect(sets).toHaveLength(1 + KILLED_AT.length);
  const into = join(folder, 'restored');
  const restored = await holdfast('restore', '--from', join(folder, 'disk'), '--into', into);
  expect(restored).toMatchObject({ exitCode: 0 });
  expect(restored.stdout).toContain(`1 zones, ${RECORDS + 2} records`);
});

/** Resolves when a set that is not known yet has the file. */
async function newFile(disk: string, known: ReadonlySet<string>, file: string): Promise<void> {
  for (;;) {
    for (const id of await readdir(disk)) {
      if (known.has(id)) continue;
      if ((await readdir(join(disk, id))).includes(file)) return;
    }
    await sleep(1);
  }
}
