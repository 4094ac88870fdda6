// What passes the slow lane of a whole server: signed queries, transfers over mutual TLS.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type MadeCertificate,
  makeAuthority,
  makeClientCertificate,
} from '../kit/client-certificate.ts';
import { freePort } from '../kit/free-port.ts';
import { findPeer, peersMissing } from '../kit/peers.ts';
import { addNameserverKeys, SAMPLE_ZONE } from '../kit/server-configuration.ts';
import { makeServerFolder, ServerProcess } from '../kit/server-process.ts';

const run = promisify(execFile);
const SECRET = Buffer.from('a secret of thirty-two octets ..').toString('base64');
const KEY = ['-y', `hmac-sha256:k1.example:${SECRET}`];
const LARGE = Array.from({ length: 8 }, (_, i) => `large TXT "${i}${'x'.repeat(200)}"\n`).join('');

const ends: (() => Promise<unknown>)[] = [];
let server: ServerProcess;
let tlsPort: number;
let secondary: MadeCertificate;
let stranger: MadeCertificate;

async function startServer(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  ends.push(() => rm(folder, { recursive: true, force: true }));
  const authority = await makeAuthority(folder, 'authority');
  secondary = await makeClientCertificate(folder, authority, 'secondary.example');
  stranger = await makeClientCertificate(folder, authority, 'stranger.example');
  await writeFile(join(folder, 'k1.secret'), SECRET, { mode: 0o600 });
  const keys = 'tsigKeys: [{ name: k1.example, secretFile: ./k1.secret }]\n';
  const place = await makeServerFolder(folder, keys);
  await writeFile(join(place.zones, 'example.com.zone'), SAMPLE_ZONE + LARGE);
  tlsPort = await freePort();
  await addNameserverKeys(place, [
    'identity: here',
    `tls: { listen: ["127.0.0.1:${tlsPort}"], clientCa: ${authority.files.certificate} }`,
    'transfer: { allow: ["cert:secondary.example", "key:k1.example"], tls: required }',
  ]);
  server = await ServerProcess.start(place, (end) => ends.push(end));
}

/** What the client prints. */
async function ask(client: 'dig' | 'kdig', port: number, ...args: string[]): Promise<string> {
  const brief = client === 'dig' ? ['+tries=1', '+time=5'] : ['+retry=0', '+time=5'];
  const place = ['@127.0.0.1', '-p', String(port), ...brief];
  const printed = await run(findPeer(client) ?? client, [...place, ...args]).catch(
    (error: { stdout: string; stderr: string }) => error,
  );
  return `${printed.stdout}${printed.stderr}`;
}

const withCertificate = ({ files }: MadeCertificate): string[] => [
  `+tls-certfile=${files.certificate}`,
  `+tls-keyfile=${files.key}`,
];

describe.skipIf(peersMissing('dig', 'kdig', 'openssl'))('a server', () => {
  beforeAll(startServer);
  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
  });

  it.each(['+notcp', '+tcp'])('answers dig a signed query signed, %s', async (transport) => {
    const options = [transport, '+nsid', '+cookie=0102030405060708', '+keepalive'];
    const printed = await ask('dig', server.place.dnsPort, ...KEY, ...options, 'www.example.com');
    expect(printed).toMatch(/status: NOERROR[\s\S]*flags: qr aa/);
    expect(printed).toMatch(/www\.example\.com\.\s+3600\s+IN\s+A\s+192\.0\.2\.80/);
    expect(printed).toMatch(/TSIG\s+hmac-sha256\. .* NOERROR 0/);
    expect(printed).toMatch(/NSID: .*\("here"\)[\s\S]*COOKIE: 0102030405060708.*\(good\)/);
    expect(/TCP KEEPALIVE: 10\.0 secs/.test(printed)).toBe(transport === '+tcp');
    expect(printed).not.toMatch(/WARNING -- Some TSIG could not be validated|couldn't verify/);
  });

  it('answers kdig a signed query over TLS, padded', async () => {
    const printed = await ask('kdig', tlsPort, ...KEY, '+tls', '+padding', 'www.example.com', 'A');
    expect(printed).toMatch(/PADDING: \d+ B[\s\S]*192\.0\.2\.80[\s\S]*hmac-sha256/);
    expect(printed).not.toMatch(/WARNING|failed/);
  });

  it.each([512, 1232])('cuts a signed answer for %s octets, whole over TCP', async (size) => {
    const { dnsPort } = server.place;
    const query = [...KEY, `+bufsize=${size}`, '+ignore', 'large.example.com', 'TXT'];
    const cut = await ask('dig', dnsPort, ...query);
    expect(cut).toMatch(/flags: qr aa tc/);
    expect(Number(/rcvd: (\d+)/.exec(cut)?.[1])).toBeLessThanOrEqual(size);
    expect(cut).not.toMatch(/could not be validated|couldn't verify/);
    const whole = await ask('dig', dnsPort, ...KEY, 'large.example.com', 'TXT');
    expect(whole).toMatch(/ANSWER: 8/);
  });

  it('refuses a wrong secret, and says the error', async () => {
    const wrong = ['-y', `hmac-sha256:k1.example:${Buffer.from('wrong').toString('base64')}`];
    const printed = await ask('dig', server.place.dnsPort, ...wrong, 'www.example.com');
    expect(printed).toMatch(/status: NOTAUTH[\s\S]*BADSIG/);
  });

  it('answers NOTIMP to an opcode that it does not know', async () => {
    for (const transport of ['+notcp', '+tcp']) {
      const options = [transport, '+opcode=2', '+norec', 'example.com', 'SOA'];
      const printed = await ask('dig', server.place.dnsPort, ...options);
      expect(printed).toMatch(/opcode: STATUS, status: NOTIMP/);
      expect(printed).toMatch(/EDNS: version: 0/);
    }
  });

  it('transfers a zone to a TLS client by its certificate, and to nobody without one', async () => {
    const transfer = ['+tls', 'example.com', 'AXFR'];
    const given = await ask('kdig', tlsPort, ...withCertificate(secondary), ...transfer);
    expect(given.match(/\sSOA\s/g)).toHaveLength(2);
    expect(given).toMatch(/www\.example\.com\.\s+3600\s+IN\s+A\s+192\.0\.2\.80/);
    for (const refused of [[], withCertificate(stranger)]) {
      const printed = await ask('kdig', tlsPort, ...refused, ...transfer);
      expect(printed).toMatch(/REFUSED/);
      expect(printed).not.toMatch(/192\.0\.2\.80/);
    }
    const query = await ask(
      'kdig',
      tlsPort,
      ...withCertificate(stranger),
      '+tls',
      'www.example.com',
    );
    expect(query).toMatch(/192\.0\.2\.80/);
    expect(await ask('kdig', tlsPort, ...KEY, ...transfer)).toMatch(/192\.0\.2\.80/);
  });

  it('is healthy as long as its TLS sockets answer too', async () => {
    const health = await server.api('GET', '/healthz');
    expect(health.status).toBe(200);
    expect(await health.json()).toMatchObject({
      checks: expect.arrayContaining([
        expect.objectContaining({ name: `dns 127.0.0.1:${tlsPort}/tls`, healthy: true }),
      ]),
    });
  });
});
