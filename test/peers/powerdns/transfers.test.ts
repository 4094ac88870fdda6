/**
 * PowerDNS as a secondary of ours and as a primary of our secondary: transfers and NOTIFY signed with
 * TSIG, and the same records on both sides after each of many random changes. The SOA's refresh time
 * is an hour, so that only a NOTIFY can be what brings a change.
 */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandom } from '#base/random.ts';
import type { TsigKeyText } from '#dns/tsig/tsig-key.ts';
import { readEnvironmentNumber } from '../../kit/environment-number.ts';
import { transferRecords } from '../../kit/peer-primary.ts';
import { findPeer, peersMissing } from '../../kit/peers.ts';
import { POWERDNS_PROGRAM, type PowerDnsPeer, startPowerDns } from '../../kit/powerdns-peer.ts';
import { randomRrsets } from '../../kit/random-rrsets.ts';
import { addNameserverKeys } from '../../kit/server-configuration.ts';
import { makeServerFolder, type ServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const ROUNDS = readEnvironmentNumber('HOLDFAST_TRANSFER_ROUNDS', 4);
const SEED = readEnvironmentNumber('HOLDFAST_SEED', 20_261_122);
const ZONE = 'example.com.';
const ZONES = '/api/v1/servers/localhost/zones';
const PATH = `${ZONES}/${ZONE}`;
const SECRET = Buffer.alloc(32, 7).toString('base64');
const KEY: TsigKeyText = { name: 'xfer', algorithm: 'hmac-sha256', secret: SECRET };
const WAIT_MS = 15_000;
/** Nobody is let in by address, NOTIFY of strangers is not taken. */
const BY_KEY_ONLY = ['allow-axfr-ips=192.0.2.1', 'allow-unsigned-notify=no'];

const ZONE_TEXT = `$ORIGIN ${ZONE}
@ 3600 IN SOA ns1 hostmaster 1 3600 600 86400 300
@ 3600 IN NS ns1
@ 3600 IN NS ns.elsewhere.example.
@ 3600 IN MX 10 mail
ns1 3600 IN A 192.0.2.1
mail 3600 IN A 192.0.2.2
mail 3600 IN CAA 0 issue "ca.example"
sub 3600 IN NS ns.sub
ns.sub 3600 IN A 192.0.2.3
*.wild 3600 IN TXT "any" "two"
alias 3600 IN CNAME www
unknown 3600 IN TYPE65280 \\# 3 010203
${Array.from({ length: 500 }, (_, host) => `h${host} 300 IN A 10.1.${host >> 8}.${host & 255}`).join('\n')}
`;

/** Any API of the kind: ours or theirs. */
type Call = (method: string, path: string, body?: unknown) => Promise<Response>;

async function done(call: Call, method: string, path: string, body?: unknown): Promise<void> {
  const response = await call(method, path, body);
  if (!response.ok)
    throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
}

async function startTheirs(settings: readonly string[]): Promise<PowerDnsPeer> {
  const peer = await startPowerDns(await temporaryFolder(), { settings });
  onTestFinished(() => peer.close());
  const { name, algorithm, secret: key } = KEY;
  await done(peer.call, 'POST', '/api/v1/servers/localhost/tsigkeys', { name, algorithm, key });
  return peer;
}

/** With the key, and more keys of the section `nameserver`; without a text as a secondary. */
async function startOurs(keys: readonly string[], zoneText?: string): Promise<ServerProcess> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'xfer.key'), SECRET, { mode: 0o600 });
  const place = await makeServerFolder(
    folder,
    'tsigKeys: [{ name: xfer, secretFile: ./xfer.key }]',
  );
  await addNameserverKeys(place, ['transfer: { allow: ["key:xfer"] }', ...keys]);
  if (zoneText === undefined) await removeZoneFolder(place);
  else await writeFile(join(place.zones, `${ZONE}zone`), zoneText);
  return ServerProcess.start(place);
}

async function removeZoneFolder({ config }: ServerFolder): Promise<void> {
  const text = await readFile(config, 'utf8');
  await writeFile(config, text.replace('  zones: ./zones\n', ''));
}

async function soaOf(port: number): Promise<string> {
  const question = ['@127.0.0.1', '-p', String(port), '+short', '+tries=1', '+time=2', ZONE, 'SOA'];
  const { stdout } = await promisify(execFile)(findPeer('dig') ?? 'dig', question);
  return stdout.trim().toLowerCase();
}

/** Waits until the secondary has what the primary has, and compares all of it. */
async function expectEqual(primaryPort: number, secondaryPort: number): Promise<void> {
  const soa = await soaOf(primaryPort);
  await expect.poll(() => soaOf(secondaryPort), { timeout: WAIT_MS, interval: 30 }).toBe(soa);
  const [wanted, had] = [await recordsOf(primaryPort), await recordsOf(secondaryPort)];
  expect(had).toEqual(wanted);
  expect(had.length).toBeGreaterThan(500);
}

/** In lower case, as PowerDNS keeps names; the test's data has no other letters. */
async function recordsOf(port: number): Promise<string[]> {
  const records = await transferRecords(port, { zone: ZONE, key: KEY });
  return records.map((record) => record.toLowerCase()).sort();
}

describe.skipIf(peersMissing(POWERDNS_PROGRAM, 'dig'))('PowerDNS', () => {
  it.each([
    ['differences', '1', 'ixfr'],
    ['whole zones', '0', 'axfr'],
  ])('as our secondary follows by %s', { timeout: 90_000 }, async (_what, ixfr, form) => {
    const ours = await startOurs([], ZONE_TEXT);
    const theirs = await startTheirs(BY_KEY_ONLY);
    const { dnsPort } = ours.place;
    const masters = [`127.0.0.1:${dnsPort}`];
    const keys = { slave_tsig_key_ids: ['xfer.'], master_tsig_key_ids: ['xfer.'] };
    const zone = { name: ZONE, kind: 'Slave', masters, ...keys };
    await done(theirs.call, 'POST', ZONES, zone);
    await done(theirs.call, 'PUT', `${PATH}/metadata/IXFR`, { metadata: [ixfr] });
    await done(theirs.call, 'PUT', `${PATH}/axfr-retrieve`);
    await expectEqual(dnsPort, theirs.dnsPort);
    const our: Call = (method, path, body) => ours.api(method, path, body);
    const notified = { metadata: [`127.0.0.1:${theirs.dnsPort} key:xfer`] };
    await done(our, 'PUT', `${PATH}/metadata/ALSO-NOTIFY`, notified);
    const random = seededRandom(SEED);
    for (let round = 0; round < ROUNDS; round++) {
      for (let count = 1 + random.below(4); count > 0; count--) {
        await done(our, 'PATCH', PATH, { rrsets: randomRrsets(random, ZONE) });
      }
      await expectEqual(dnsPort, theirs.dnsPort);
    }
    const sent = ours.lines.filter(({ msg }) => msg === 'zone sent');
    const theirsSent = sent.filter((line) => line['form'] === form);
    expect(theirsSent.length).toBeGreaterThanOrEqual(form === 'ixfr' ? ROUNDS : ROUNDS + 1);
  });

  it('as a primary of our secondary is followed, whole zone by whole zone', {
    timeout: 90_000,
  }, async () => {
    const theirs = await startTheirs([
      ...BY_KEY_ONLY,
      'xfr-cycle-interval=1',
      'prevent-self-notification=no',
    ]);
    const zone = { name: ZONE, kind: 'Master', zone: ZONE_TEXT, soa_edit_api: 'INCREASE' };
    await done(theirs.call, 'POST', ZONES, { ...zone, master_tsig_key_ids: ['xfer.'] });
    const source = `{ address: "127.0.0.1:${theirs.dnsPort}", key: xfer, zones: [${ZONE}] }`;
    const ours = await startOurs(['role: secondary', `primaries: [${source}]`]);
    const { dnsPort } = ours.place;
    await expectEqual(theirs.dnsPort, dnsPort);
    const notified = { metadata: [`127.0.0.1:${dnsPort}`] };
    await done(theirs.call, 'PUT', `${PATH}/metadata/ALSO-NOTIFY`, notified);
    const random = seededRandom(SEED);
    for (let round = 0; round < ROUNDS; round++) {
      for (let count = 1 + random.below(4); count > 0; count--) {
        await done(theirs.call, 'PATCH', PATH, { rrsets: randomRrsets(random, ZONE) });
      }
      await expectEqual(theirs.dnsPort, dnsPort);
    }
    // Each of them whole: PowerDNS keeps no differences.
    const got = ours.lines.filter(({ msg }) => String(msg).endsWith('was transferred'));
    expect(got.map(({ kind }) => kind)).toEqual(got.map(() => 'axfr'));
    expect(got.length).toBeGreaterThan(ROUNDS);
  });
});
