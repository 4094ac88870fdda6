/**
 * ACME clients obtain certificates, a wildcard's among them, from an authority that asks our server
 * for their proofs: lego over the PowerDNS API and by DNS UPDATE, certbot by DNS UPDATE. Key and token
 * may change the challenge's TXT records and nothing else, as an operator would hand them out.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AcmeAuthority, readIssued, startAcmeAuthority } from '../../kit/acme-authority.ts';
import { peersMissing } from '../../kit/peers.ts';
import { longOptions, printedBy, runProgram } from '../../kit/run-program.ts';
import { addNameserverKeys, SAMPLE_ZONE } from '../../kit/server-configuration.ts';
import { makeServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { askUdp } from '../../kit/udp-query.ts';

const SECRET = 'c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0';
/** One for each client, so that none waits for another. */
const ZONES = ['a.test', 'b.test', 'c.test', 'd.test', 'e.test', 'f.test'];

const ends: (() => Promise<void>)[] = [];
const isMissing = peersMissing('lego', 'certbot', 'pebble', 'openssl');
let folder: string;
let server: ServerProcess;
let authority: AcmeAuthority;

beforeAll(async () => {
  if (isMissing) return;
  folder = await temporaryFolder((end) => ends.push(end));
  const keys = ['acme-key', 'narrow-key'];
  const place = await makeServerFolder(
    folder,
    `tsigKeys:\n${keys.map((name) => `  - { name: ${name}, secretFile: tsig.key }\n`).join('')}`,
  );
  const challenges = ZONES.map((zone) => `"${challengeOf(zone)}"`);
  await addNameserverKeys(place, [
    `update: { allow: [{ key: acme-key, names: [${challenges.join()}], types: [TXT] }] }`,
  ]);
  await writeFile(join(folder, 'tsig.key'), `${SECRET}\n`, { mode: 0o600 });
  for (const zone of ZONES) await writeFile(join(place.zones, `${zone}.zone`), SAMPLE_ZONE);
  server = await ServerProcess.start(place, (end) => ends.push(end));
  authority = await startAcmeAuthority(folder, place.dnsPort, (end) => ends.push(end));
});

afterAll(async () => {
  for (const end of ends.toReversed()) await end();
});

function challengeOf(zone: string): string {
  return `_acme-challenge.${zone}.`;
}

/** What the certificates of a zone are asked for. */
function namesOf(zone: string): string[] {
  return [`*.${zone}`, zone];
}

function issuedFor(zone: string): string[] {
  return namesOf(zone).map((name) => `DNS:${name}`);
}

/** The secret of a new token that may write TXT records at and below a name. */
async function makeToken(name: string, suffix: string): Promise<string> {
  const response = await fetch(`${server.place.apiUrl}/api/holdfast/v1/tokens`, {
    method: 'POST',
    headers: { 'x-api-key': server.key, 'content-type': 'application/json' },
    body: JSON.stringify({ name, scope: { write: true, types: ['TXT'], suffixes: [suffix] } }),
  });
  return ((await response.json()) as { secret: string }).secret;
}

/** The records of a zone's challenge at this moment. */
async function challengeRecords(zone: string): Promise<unknown[]> {
  const { answers } = await askUdp({
    port: server.place.dnsPort,
    name: challengeOf(zone),
    type: 'TXT',
  });
  return answers ?? [];
}

async function runLego(zone: string, provider: string, env: Record<string, string>) {
  const options = longOptions({
    server: authority.directory,
    email: 'admin@example.com',
    'accept-tos': true,
    path: join(folder, zone),
    dns: provider,
    'dns.resolvers': `127.0.0.1:${server.place.dnsPort}`,
    'dns.disable-cp': true,
  });
  const domains = namesOf(zone).map((name) => `--domains=${name}`);
  return runProgram('lego', [...options, ...domains, 'run'], {
    env: { LEGO_CA_CERTIFICATES: authority.rootFile, ...env },
  });
}

function pdnsSettings(token: string): Record<string, string> {
  return {
    PDNS_API_URL: server.place.apiUrl,
    PDNS_API_KEY: token,
    PDNS_POLLING_INTERVAL: '1',
    PDNS_PROPAGATION_TIMEOUT: '5',
  };
}

function rfc2136Settings(key: string): Record<string, string> {
  return {
    RFC2136_NAMESERVER: `127.0.0.1:${server.place.dnsPort}`,
    RFC2136_TSIG_ALGORITHM: 'hmac-sha256.',
    RFC2136_TSIG_KEY: key,
    RFC2136_TSIG_SECRET: SECRET,
    RFC2136_POLLING_INTERVAL: '1',
    RFC2136_PROPAGATION_TIMEOUT: '5',
    RFC2136_SEQUENCE_INTERVAL: '1',
  };
}

async function runCertbot(zone: string, key: string) {
  const own = join(folder, zone);
  const credentials = `${own}.ini`;
  const lines = {
    server: '127.0.0.1',
    port: server.place.dnsPort,
    name: key,
    secret: SECRET,
    algorithm: 'HMAC-SHA256',
  };
  const text = Object.entries(lines).map(([name, value]) => `dns_rfc2136_${name} = ${value}\n`);
  await writeFile(credentials, text.join(''), { mode: 0o600 });
  const options = longOptions({
    'non-interactive': true,
    'agree-tos': true,
    email: 'admin@example.com',
    server: authority.directory,
    'config-dir': own,
    'work-dir': join(own, 'work'),
    'logs-dir': join(own, 'logs'),
    'dns-rfc2136': true,
    'dns-rfc2136-credentials': credentials,
    'dns-rfc2136-propagation-seconds': '0',
  });
  const domains = namesOf(zone).map((name) => `--domain=${name}`);
  return runProgram('certbot', ['certonly', ...options, ...domains], {
    env: { REQUESTS_CA_BUNDLE: authority.rootFile },
  });
}

describe.skipIf(isMissing).concurrent('an ACME client', { timeout: 60_000 }, () => {
  it('obtains a wildcard’s certificate: lego over the PowerDNS API, with a narrowed token', async () => {
    const token = await makeToken('lego', challengeOf('a.test'));
    printedBy(await runLego('a.test', 'pdns', pdnsSettings(token)));
    const { names, issuer } = await readIssued(join(folder, 'a.test/certificates/_.a.test.crt'));
    expect(names).toEqual(issuedFor('a.test'));
    expect(issuer).toContain('Pebble');
    expect(await challengeRecords('a.test')).toEqual([]);
  });

  it('obtains a wildcard’s certificate: lego by DNS UPDATE, with a narrowed key', async () => {
    printedBy(await runLego('b.test', 'rfc2136', rfc2136Settings('acme-key.')));
    const { names } = await readIssued(join(folder, 'b.test/certificates/_.b.test.crt'));
    expect(names).toEqual(issuedFor('b.test'));
    expect(await challengeRecords('b.test')).toEqual([]);
  });

  it('obtains a wildcard’s certificate: certbot by DNS UPDATE, with a narrowed key', async () => {
    printedBy(await runCertbot('c.test', 'acme-key.'));
    const { names } = await readIssued(join(folder, 'c.test/live/c.test/cert.pem'));
    expect(names).toEqual(issuedFor('c.test'));
    expect(await challengeRecords('c.test')).toEqual([]);
  });

  it('is told 403 where its token may not write the challenge, and changes nothing', async () => {
    const token = await makeToken('elsewhere', challengeOf('www.d.test'));
    const { status, printed } = await runLego('d.test', 'pdns', pdnsSettings(token));
    expect(status).toBe(1);
    expect(printed).toContain('403 when PATCHing');
    expect(await challengeRecords('d.test')).toEqual([]);
  });

  it('is told REFUSED where its key may not write the challenge, and changes nothing', async () => {
    const { status, printed } = await runCertbot('e.test', 'narrow-key.');
    expect(status).toBe(1);
    expect(printed).toContain('REFUSED');
    expect(await challengeRecords('e.test')).toEqual([]);
  });

  it('gets no certificate without proof: the authority does ask', async () => {
    const settings = {
      EXEC_PATH: '/bin/true',
      EXEC_POLLING_INTERVAL: '1',
      EXEC_PROPAGATION_TIMEOUT: '2',
    };
    const { status, printed } = await runLego('f.test', 'exec', settings);
    expect(status).toBe(1);
    expect(printed).toMatch(/unauthorized|NXDOMAIN|no such host/);
  });
});
