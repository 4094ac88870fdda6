/**
 * Somebody removed a zone by mistake, between two backups: the last good moment comes back, from an
 * object store, on another machine. And the server itself sees, by restoring on trial, that its
 * backups are good, and tells when one is not.
 */
import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { drillRestore } from '#app/restore-drill.ts';
import { holdfast } from '../../kit/command-line.ts';
import { type S3Server, startS3Server } from '../../kit/s3-server.ts';
import { makeServerFolder, type ServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { askUdp } from '../../kit/udp-query.ts';

const ZONES = '/api/v1/servers/localhost/zones';

async function started(): Promise<{ s3: S3Server; place: ServerFolder; server: ServerProcess }> {
  const s3 = await startS3Server();
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'access'), s3.accessKey, { mode: 0o600 });
  await writeFile(join(folder, 'secret'), `${s3.secret}\n`, { mode: 0o600 });
  const bucket = `endpoint: "${s3.endpoint}", bucket: ${s3.bucket}, prefix: ns1`;
  const keys = 'accessKeyFile: access, secretFile: secret';
  const extra = `backup:
  incremental: never
  drill: never
  locations:
    - { name: disk, directory: ./disk }
    - { name: away, s3: { ${bucket}, ${keys} } }
`;
  const place = await makeServerFolder(folder, extra);
  return { s3, place, server: await ServerProcess.start(place) };
}

async function createZone(server: ServerProcess, name: string): Promise<void> {
  const nameservers = ['ns1.example.net.'];
  const made = await server.api('POST', ZONES, { name, kind: 'Native', nameservers });
  expect(made.status).toBe(201);
}

async function soaOf(server: ServerProcess, name: string): Promise<number | undefined> {
  const { answers } = await askUdp({ port: server.place.dnsPort, name, type: 'SOA' });
  const [first] = answers ?? [];
  return first?.type === 'SOA' ? first.data.serial : undefined;
}

it('brings back a zone that was removed between two backups', { timeout: 90_000 }, async () => {
  const { place, server } = await started();
  await createZone(server, 'kept.example.');
  await createZone(server, 'lost.example.');
  const full = await holdfast('backup', 'now', '--config', place.config);
  expect(full).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/away\s+full\s+verified/),
  });
  const serial = (await soaOf(server, 'lost.example')) ?? 0;
  await sleep(20);
  const moment = new Date().toISOString();
  await sleep(20);
  expect((await server.api('DELETE', `${ZONES}/lost.example.`)).status).toBe(204);
  const next = await holdfast('backup', 'now', '--incremental', '--config', place.config);
  // Of so few rows more than half changed, which makes a full one of it.
  expect(next.stdout).toMatch(/away\s+full\s+verified/);
  await server.kill();
  await rm(place.data, { recursive: true });
  await rm(join(place.folder, 'disk'), { recursive: true });

  const from = ['--config', place.config, '--from', 'away'];
  const listed = await holdfast('restore', ...from, '--list');
  expect(listed.stdout).toMatch(/(\S+Z-\w{4}  full .*\n){2}/);
  const restored = await holdfast('restore', ...from, '--into', place.data, '--at', moment);
  expect(restored).toMatchObject({ exitCode: 0, stderr: '' });
  expect(restored.stdout).toContain('brought back to the moment: lost.example.');
  const late = ['--at', new Date().toISOString(), '--into', join(place.folder, 'late')];
  expect((await holdfast('restore', ...from, ...late)).stdout).toContain('alone (--mirror)');
  for (const file of await readdir(place.data, { recursive: true })) {
    const { mode } = await stat(join(place.data, file));
    expect({ file, others: mode & 0o007 }).toEqual({ file, others: 0 });
  }
  const again = await ServerProcess.start(place);
  expect(again.key).toBe(server.key);
  expect(await soaOf(again, 'kept.example')).toBeDefined();
  expect(await soaOf(again, 'lost.example')).toBeGreaterThan(serial);
  expect(await again.stop()).toBe(0);
});

it('restores a backup on trial, and sees a damaged one', { timeout: 90_000 }, async () => {
  const { s3, place, server } = await started();
  await createZone(server, 'kept.example.');
  await holdfast('backup', 'now', '--config', place.config);
  await server.stop();
  const drill = async (location: string): Promise<string | undefined> =>
    drillRestore({
      config: place.config,
      location,
      data: place.data,
      signal: AbortSignal.timeout(60_000),
    });
  expect(await drill('away')).toBeUndefined();
  const [key, part] = [...s3.objects].find(([name]) => name.endsWith('store.zst')) ?? ['', ''];
  const bent = Buffer.from(part);
  bent[bent.length >> 1] ^= 1;
  s3.objects.set(key, bent);
  expect(await drill('away')).toContain('BACKUP_DAMAGED');
});
