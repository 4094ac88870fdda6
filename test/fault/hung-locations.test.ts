/**
 * Backup locations that hang in the system, as a lost network mount does: changes go on, and a
 * server that is told to stop closes everything in order and ends in time. A part of each copy is a
 * FIFO that nobody writes to, so whoever opens it waits in a thread of the pool that LevelDB's writes
 * go through too.
 */
import { execFile } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { makeServerFolder, ServerProcess } from '../kit/server-process.ts';
import { temporaryFolder } from '../kit/temporary-folder.ts';

/** As many as a configuration may name. */
const LOCATIONS = 16;
/** Three for the thread that hangs, and what a busy machine takes. */
const STOP_MS_MAX = 6_000;
const run = promisify(execFile);

it('holds up no change while every location hangs', { timeout: 60_000 }, async () => {
  const folder = await temporaryFolder();
  const names = Array.from({ length: LOCATIONS }, (_, index) => `disk-${index}`);
  const listed = names.map((name) => `{ name: ${name}, directory: ./${name} }`);
  const place = await makeServerFolder(folder, `backup: { locations: [${listed.join(', ')}] }\n`);
  const server = await ServerProcess.start(place);
  expect((await server.api('POST', '/api/holdfast/v1/backups')).status).toBe(201);
  for (const name of names) {
    const [id] = await readdir(join(folder, name));
    const part = join(folder, name, id, 'store.zst');
    await rm(part);
    await run('mkfifo', [part]);
  }
  const checks = names.map(async (location) =>
    fetch(`${place.apiUrl}/api/holdfast/v1/backups/verify`, {
      method: 'POST',
      headers: { 'X-API-Key': server.key, 'content-type': 'application/json' },
      body: JSON.stringify({ location }),
    }).catch(() => undefined),
  );
  expect(await Promise.race([...checks, sleep(2000)])).toBeUndefined();
  const change = server.api('POST', '/api/v1/servers/localhost/zones', {
    name: 'example.com.',
    kind: 'Native',
    nameservers: ['ns.example.net.'],
  });
  expect(await Promise.race([change, sleep(20_000)])).toMatchObject({ status: 201 });
  expect(await Promise.race([...checks, sleep(1)])).toBeUndefined();
  const stopping = performance.now();
  expect(await Promise.race([server.stop(), sleep(10_000)])).toBe(0);
  expect(performance.now() - stopping).toBeLessThan(STOP_MS_MAX);
  expect(server.lines.at(-1)).toMatchObject({ msg: 'stopped' });
  await Promise.all(checks);
  const again = await ServerProcess.start(place);
  const { status } = await again.api('GET', '/api/v1/servers/localhost/zones/example.com.');
  expect(status).toBe(200);
  expect(await again.stop()).toBe(0);
});
