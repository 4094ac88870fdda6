/**
 * An operator's worst day: backups were made to two places, the data folder is lost, and a restore
 * brings back what was served. And a store with a flipped byte says so instead of serving it.
 */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { holdfast } from '../../kit/command-line.ts';
import { makeServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { askUdp } from '../../kit/udp-query.ts';

const LOCATIONS = `backup:
  locations:
    - { name: disk-1, directory: ./disk-1 }
    - { name: disk-2, directory: ./disk-2 }
`;
/** Whose identity nobody has. */
const RECIPIENT = 'age1hx3fcc7hz92haqm9rl0r7fcaes2fd8a2m8yvqdgxavkl47fsdvls0837hc';
const ZONES = '/api/v1/servers/localhost/zones';

async function createZone(server: ServerProcess): Promise<void> {
  const made = await server.api('POST', ZONES, {
    name: 'example.com.',
    kind: 'Native',
    nameservers: ['ns1.example.net.'],
  });
  expect(made.status).toBe(201);
}

async function setWww(server: ServerProcess, address: string): Promise<void> {
  const records = [{ content: address, disabled: false }];
  const rrset = { name: 'www.example.com.', type: 'A', ttl: 60, records, changetype: 'REPLACE' };
  const answer = await server.api('PATCH', `${ZONES}/example.com.`, { rrsets: [rrset] });
  expect(answer.status).toBe(204);
}

async function askWww(server: ServerProcess): Promise<string> {
  const { dnsPort } = server.place;
  const { answers } = await askUdp({ port: dnsPort, name: 'www.example.com', type: 'A' });
  const [first] = answers ?? [];
  return first?.type === 'A' ? first.data : '';
}

it('brings back the newest backup after the data was lost, key included', async () => {
  const folder = await temporaryFolder();
  const place = await makeServerFolder(folder, LOCATIONS);
  const server = await ServerProcess.start(place);
  await createZone(server);
  await setWww(server, '192.0.2.1');
  const made = await holdfast('backup', 'now', '--config', place.config);
  expect(made).toMatchObject({ exitCode: 0, stderr: '' });
  expect(made.stdout).toMatch(/disk-1.*\n.*disk-2/);
  await setWww(server, '192.0.2.2');
  const verified = await holdfast('backup', 'verify', '--config', place.config);
  expect(verified).toMatchObject({ exitCode: 0 });
  await server.kill();
  await rm(place.data, { recursive: true });

  const restored = await holdfast(
    'restore',
    '--from',
    join(folder, 'disk-2'),
    '--into',
    place.data,
  );
  expect(restored).toMatchObject({ exitCode: 0, stderr: '' });
  const again = await ServerProcess.start(place);
  expect(again.key).toBe(server.key);
  expect(await askWww(again)).toBe('192.0.2.1');
  await setWww(again, '192.0.2.3');
  expect(await askWww(again)).toBe('192.0.2.3');
  expect(await again.stop()).toBe(0);
});

it('does not restore over data that is there, nor from a damaged copy', async () => {
  const folder = await temporaryFolder();
  const place = await makeServerFolder(folder, LOCATIONS);
  const server = await ServerProcess.start(place);
  await createZone(server);
  await holdfast('backup', 'now', '--config', place.config);
  await server.stop();
  const over = await holdfast('restore', '--from', join(folder, 'disk-1'), '--into', place.data);
  expect(over.exitCode).toBe(1);
  const [id] = (await readdir(join(folder, 'disk-1'))).sort();
  const parts = await readdir(join(folder, 'disk-1', id));
  const part = join(folder, 'disk-1', id, parts.find((name) => name.startsWith('store')) ?? '');
  const octets = await readFile(part);
  octets[octets.length >> 1] ^= 1;
  await writeFile(part, octets);
  const into = join(folder, 'elsewhere');
  const damaged = await holdfast('restore', '--from', join(folder, 'disk-1'), '--into', into);
  expect(damaged.exitCode).toBe(1);
  expect(damaged.stderr).toMatch(id);
  expect(await readdir(folder)).not.toContain('elsewhere');
});

it('says which file of the store is damaged and serves nothing of it', async () => {
  const folder = await temporaryFolder();
  const place = await makeServerFolder(folder);
  const server = await ServerProcess.start(place);
  await createZone(server);
  await setWww(server, '192.0.2.1');
  await server.stop();
  // Opened once more, LevelDB has moved its log into a table.
  await (await ServerProcess.start(place)).stop();
  const level = join(place.data, 'store', 'level');
  const [table] = (await readdir(level)).filter((name) => name.endsWith('.ldb'));
  const octets = await readFile(join(level, table));
  octets[octets.length >> 2] ^= 0x10;
  await writeFile(join(level, table), octets);
  const { status, stderr } = await ServerProcess.fail(place);
  expect(status).toBe(1);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toContain(table);
  expect(stderr).toMatch(/restore/);
});

it('says how far it saw into copies that it cannot open, and that a store is gone', async () => {
  const age = `backup:\n  age: { recipients: [${RECIPIENT}] }`;
  const place = await makeServerFolder(
    await temporaryFolder(),
    LOCATIONS.replace('backup:', () => age),
  );
  const server = await ServerProcess.start(place);
  await createZone(server);
  const only = ['--config', place.config, '--location', 'disk-2'];
  expect(await holdfast('backup', 'now', '--config', place.config)).toMatchObject({ exitCode: 0 });
  const verified = await holdfast('backup', 'verify', ...only);
  expect(verified.stdout).toMatch(/disk-2 +good +sizes and SHA-256 only: /);
  await server.kill();
  await rm(join(place.data, 'store'), { recursive: true });
  const { status, stderr } = await ServerProcess.fail(place);
  expect(status).toBe(1);
  expect(stderr).toMatch(/is gone, though backups were made of it .* --identity IDENTITY-FILE /);
});
