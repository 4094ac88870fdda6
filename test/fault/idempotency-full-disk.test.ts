/**
 * Clients that send again what a full disk refused, under the same Idempotency-Key: while the disk
 * is full they are told so, and when there is room the change is made, once. The disk has room for
 * the key's own row and none for the change, as when it fills up in between.
 */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { makeServerFolder, ServerProcess } from '../kit/server-process.ts';
import { fillUp, smallDisk } from '../kit/small-disk.ts';

const ZONES = '/api/v1/servers/localhost/zones';
const DISK_MB = 24;
/** Names of one change, which is longer than what is left on the disk. */
const NAMES = 200;
const WAIT = { timeout: 15_000, interval: 100 };

/** The same change each time it is called. */
async function change({ place, key }: ServerProcess, idempotencyKey: string): Promise<Response> {
  const rrsets = Array.from({ length: NAMES }, (_, index) => ({
    name: `n${index}.example.com.`,
    type: 'TXT',
    ttl: 1,
    changetype: 'REPLACE',
    records: [{ content: `"${'x'.repeat(250)}"`, disabled: false }],
  }));
  return fetch(`${place.apiUrl}${ZONES}/example.com.`, {
    method: 'PATCH',
    headers: { 'x-api-key': key, 'idempotency-key': idempotencyKey },
    body: JSON.stringify({ rrsets }),
  });
}

/** How many versions the zone has had. */
async function countVersions(server: ServerProcess): Promise<number> {
  const path = '/api/holdfast/v1/zones/example.com./history?limit=1';
  const answer = await server.api('GET', path);
  return Number(/"version":(\d+)/.exec(await answer.text())?.[1]);
}

it('makes what a full disk refused when it is sent again, and once', {
  timeout: 60_000,
}, async (test) => {
  const disk = await smallDisk(DISK_MB);
  if (disk === undefined) return test.skip('needs root, to mount a small tmpfs');
  const server = await ServerProcess.start(await makeServerFolder(disk));
  const zone = { name: 'example.com.', kind: 'Native', nameservers: ['ns.example.net.'] };
  expect((await server.api('POST', ZONES, zone)).status).toBe(201);
  const ballast = join(disk, 'ballast');
  const key = randomUUID();
  await fillUp(disk, ballast);
  const refused = await change(server, key);
  expect(refused.status).toBe(500);
  expect(await refused.text()).toContain('the disk refused a write');
  const again = await change(server, key);
  expect(again.status).toBe(500);
  expect(await again.text()).toContain('nothing written');
  await rm(ballast);
  await vi.waitFor(async () => expect((await change(server, key)).status).toBe(204), WAIT);
  const replayed = await change(server, key);
  expect(replayed.status).toBe(204);
  expect(replayed.headers.get('idempotency-replayed')).toBe('true');
  expect(await countVersions(server)).toBe(2);
  expect(await server.stop()).toBe(0);
  return undefined;
});
