/**
 * After a failed write the store takes none until it could be opened anew: every change is refused
 * with 500. `/healthz` still said 200, because it asked only whether queries are answered.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { fillUp, smallDisk } from '../../kit/small-disk.ts';

const ZONES = '/api/v1/servers/localhost/zones';

async function createZone(server: ServerProcess, name: string): Promise<number> {
  const nameservers = ['ns1.example.com.'];
  return (await server.api('POST', ZONES, { name, kind: 'Native', nameservers })).status;
}

describe('a server whose disk is full', () => {
  it('says so at /healthz until there is room on it', async (test) => {
    const disk = await smallDisk();
    if (disk === undefined) return test.skip('needs root, to mount a small tmpfs');
    const place = await makeServerFolder(disk);
    const server = await ServerProcess.start(place);
    expect((await server.api('GET', '/healthz')).status).toBe(200);
    const ballast = join(disk, 'ballast');
    await fillUp(disk, ballast);
    let status = 201;
    for (let at = 0; status === 201 && at < 100; at += 1) {
      status = await createZone(server, `${'long-'.repeat(10)}${at}.example.`);
    }
    expect(status).toBe(500);
    const health = await server.api('GET', '/healthz');
    expect(health.status).toBe(503);
    expect(await health.json()).toMatchObject({
      checks: expect.arrayContaining([
        { name: 'store', healthy: false, reason: expect.stringContaining('free space') },
      ]) as unknown,
    });
    await rm(ballast);
    await expect
      .poll(async () => (await server.api('GET', '/healthz')).status, { timeout: 10_000 })
      .toBe(200);
    expect(await createZone(server, 'room.example.')).toBe(201);
    return undefined;
  });
});
