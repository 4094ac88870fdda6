/**
 * A machine is lost with its disks: the data folder, the configuration, keys and certificates. From
 * a backup alone, and its own listing of what belongs where, the same server stands up again: same
 * zones, same keys, same certificates, those renewed since the server started included.
 */
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openClock } from '#base/clock.ts';
import { systemRandom } from '#base/random.ts';
import { makeSelfSigned } from '#net/self-signed-certificate.ts';
import { holdfast } from '../../kit/command-line.ts';
import { freePort } from '../../kit/free-port.ts';
import { makeServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { openTlsClient } from '../../kit/tls-client.ts';

const SECRET = Buffer.alloc(32, 7).toString('base64');
const TLD = `$ORIGIN test.
@ 60 SOA ns1.example.net. hostmaster.example.net. 1 7200 3600 1209600 300
@ 60 NS ns1.example.net.
`;
const COOKIES = `${'0123456789abcdef'.repeat(2)}\n`;

/** A new certificate in the two files; returns its fingerprint. */
async function writePair(folder: string): Promise<string> {
  const nowMs = openClock({ kind: 'system' }).nowMs();
  const options = { name: 'localhost', addresses: ['127.0.0.1'], nowMs, random: systemRandom() };
  const { certificate, key } = makeSelfSigned(options);
  await writeFile(join(folder, 'key.pem'), key, { mode: 0o600 });
  await writeFile(join(folder, 'chain.pem'), certificate);
  return certificate;
}

async function certificateAt(port: number): Promise<string> {
  const { socket } = await openTlsClient(port);
  const { raw } = socket.getPeerCertificate();
  return raw.toString('base64');
}

it('starts again on a new machine from nothing but a backup', { timeout: 60_000 }, async () => {
  const machine = await temporaryFolder();
  const away = await temporaryFolder();
  const tlsPort = await freePort();
  const eppPort = await freePort();
  const place = await makeServerFolder(
    machine,
    `tsigKeys: [{ name: transfer., secretFile: keys/transfer.secret }]
epp: { listen: "127.0.0.1:${eppPort}", tlds: [test.] }
backup: { locations: [{ name: away, directory: ${away} }] }
`,
  );
  const text = await readFile(place.config, 'utf8');
  const nameserver = `nameserver:
  tls: { listen: ["127.0.0.1:${tlsPort}"], certificate: tls/chain.pem, key: tls/key.pem }
  cookies: { secretFile: keys/cookies.secret }`;
  await writeFile(place.config, text.replace('nameserver:', nameserver));
  for (const folder of ['tls', 'keys']) await mkdir(join(machine, folder));
  await writeFile(join(machine, 'keys', 'transfer.secret'), SECRET, { mode: 0o600 });
  await writeFile(join(machine, 'keys', 'cookies.secret'), COOKIES, { mode: 0o600 });
  await writePair(join(machine, 'tls'));
  await writeFile(join(place.zones, 'test.zone'), TLD);
  const server = await ServerProcess.start(place);
  const created = await server.api('POST', '/api/v1/servers/localhost/zones', {
    name: 'example.com.',
    kind: 'Native',
    nameservers: ['ns1.example.net.'],
  });
  expect(created.status).toBe(201);
  const renewed = await writePair(join(machine, 'tls'));
  const authority = await readFile(join(place.data, 'epp', 'ca.pem'), 'utf8');
  await rm(join(machine, 'keys', 'cookies.secret'));
  const made = await holdfast('backup', 'now', '--config', place.config);
  expect(made.exitCode).toBe(0);
  expect(made.stderr).toContain('cookies.secret is not in the backup');
  const metrics = await (await server.api('GET', '/metrics')).text();
  expect(metrics).toContain('\nholdfast_backup_files_left_out 1\n');
  expect(await server.stop()).toBe(0);
  await rm(machine, { recursive: true });

  const restored = await holdfast('restore', '--from', away, '--into', place.data);
  expect(restored).toMatchObject({ exitCode: 0, stderr: '' });
  for (const path of [place.config, join(machine, 'keys', 'transfer.secret')]) {
    expect(restored.stdout).toContain(`\n  ${path}\n`);
  }
  expect(restored.stdout).toMatch(/does not have:\n.*zones \(.*\n.*cookies\.secret \(/);
  await cp(join(place.data, 'elsewhere'), '/', { recursive: true, force: false });
  await writeFile(join(machine, 'keys', 'cookies.secret'), COOKIES, { mode: 0o600 });
  await mkdir(place.zones);
  const again = await ServerProcess.start(place);
  expect(again.key).toBe(server.key);
  expect((await again.api('GET', '/api/v1/servers/localhost/zones/example.com.')).status).toBe(200);
  expect(renewed.replaceAll(/\s/g, '')).toContain(await certificateAt(tlsPort));
  expect(await readFile(join(place.data, 'epp', 'ca.pem'), 'utf8')).toBe(authority);
  expect(again.lines.map(({ msg }) => msg)).not.toContain(
    'made an authority for EPP on this machine',
  );
  expect(await again.stop()).toBe(0);
});
