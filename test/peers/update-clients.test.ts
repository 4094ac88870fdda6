// nsupdate (BIND) and knsupdate (Knot DNS) against a whole server: with every TSIG algorithm, over UDP
// and TCP, with keys that may not, that are wrong, and that are narrowed.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TSIG_ALGORITHMS } from '#dns/tsig/tsig-key.ts';
import { peersMissing } from '../kit/peers.ts';
import { addNameserverKeys, SAMPLE_ZONE } from '../kit/server-configuration.ts';
import { makeServerFolder, ServerProcess } from '../kit/server-process.ts';
import { askUdp } from '../kit/udp-query.ts';
import { type ClientRun, runUpdateClient, type UpdateClient } from '../kit/update-client.ts';

const SECRET = 'c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0';
const CLIENTS: readonly UpdateClient[] = ['nsupdate', 'knsupdate'];
const ends: (() => Promise<void>)[] = [];
let server: ServerProcess;

function keyText(name: string, algorithm = 'hmac-sha256', secret = SECRET): string {
  return `${algorithm}:${name}:${secret}`;
}

const script = (...steps: string[]): string[] => ['zone example.com.', ...steps];

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  ends.push(() => rm(folder, { recursive: true, force: true }));
  const names = [...TSIG_ALGORITHMS, 'narrow', 'scoped', 'listed-nowhere'];
  const keys = names.map((name) => {
    const algorithm = TSIG_ALGORITHMS.find((known) => known === name) ?? 'hmac-sha256';
    const scope = name === 'scoped' ? ', scope: { suffixes: ["dyn.example.com."] }' : '';
    return `  - { name: ${name}, algorithm: ${algorithm}, secretFile: tsig.key${scope} }\n`;
  });
  const place = await makeServerFolder(folder, `tsigKeys:\n${keys.join('')}`);
  const listed = TSIG_ALGORITHMS.map((name) => `"key:${name}"`).join(', ');
  const narrow = '{ key: narrow, names: ["_acme-challenge.example.com."], types: [TXT] }';
  await addNameserverKeys(place, [`update: { allow: [${listed}, ${narrow}] }`]);
  await writeFile(join(folder, 'tsig.key'), `${SECRET}\n`, { mode: 0o600 });
  await writeFile(join(place.zones, 'example.com.zone'), SAMPLE_ZONE);
  server = await ServerProcess.start(place, (end) => ends.push(end));
});

afterAll(async () => {
  for (const end of ends.toReversed()) await end();
});

async function addresses(name: string): Promise<unknown[]> {
  const { answers } = await askUdp({ port: server.place.dnsPort, name, type: 'A' });
  return (answers ?? []).map((record) => ('data' in record ? record.data : undefined));
}

describe.skipIf(peersMissing(...CLIENTS)).each(CLIENTS)('%s', (client) => {
  const run = async (given: Omit<ClientRun, 'port'>) =>
    runUpdateClient(client, { port: server.place.dnsPort, ...given });
  it.each(TSIG_ALGORITHMS)('adds, replaces and deletes, signed with %s', async (algorithm) => {
    const name = `${client}-${algorithm}.example.com.`;
    const key = keyText(algorithm, algorithm);
    const added = await run({ key, script: script(`update add ${name} 60 A 192.0.2.9`) });
    expect(added).toMatchObject({ status: 0 });
    expect(await addresses(name)).toEqual(['192.0.2.9']);
    const steps = [`update delete ${name} A`, `update add ${name} 60 A 192.0.2.10`];
    expect(await run({ key, overTcp: true, script: script(...steps) })).toMatchObject({
      status: 0,
    });
    expect(await addresses(name)).toEqual(['192.0.2.10']);
    expect(await run({ key, script: script(`update delete ${name}`) })).toMatchObject({
      status: 0,
    });
    expect(await addresses(name)).toEqual([]);
  });

  it.each([
    ['yxdomain', 'prereq yxdomain nobody.example.com.', 'NXDOMAIN'],
    ['nxdomain', 'prereq nxdomain www.example.com.', 'YXDOMAIN'],
    ['yxrrset', 'prereq yxrrset www.example.com. TXT', 'NXRRSET'],
    ['yxrrset with data', 'prereq yxrrset www.example.com. A 192.0.2.99', 'NXRRSET'],
    ['nxrrset', 'prereq nxrrset www.example.com. A', 'YXRRSET'],
  ])('is told which prerequisite fails: %s', async (_what, prerequisite, rcode) => {
    const key = keyText('hmac-sha256');
    const steps = script(prerequisite, 'update add never.example.com. 60 A 192.0.2.1');
    const { status, printed } = await run({ key, script: steps });
    expect(printed).toContain(rcode);
    expect(status).not.toBe(0);
    expect(await addresses('never.example.com.')).toEqual([]);
  });

  it('is refused unsigned, with a key that is on no list, and out of a narrowed key’s reach', async () => {
    const steps = script('update add never.example.com. 60 A 192.0.2.1');
    for (const key of [
      undefined,
      keyText('listed-nowhere'),
      keyText('narrow'),
      keyText('scoped'),
    ]) {
      const { status, printed } = await run({ script: steps, ...(key !== undefined && { key }) });
      expect(printed).toContain('REFUSED');
      expect(status).not.toBe(0);
    }
    expect(await addresses('never.example.com.')).toEqual([]);
  });

  it('changes what a narrowed key reaches', async () => {
    const challenge = script('update add _acme-challenge.example.com. 60 TXT "token"');
    expect(await run({ key: keyText('narrow'), script: challenge })).toMatchObject({ status: 0 });
    const dynamic = script(`update add ${client}.dyn.example.com. 60 A 192.0.2.7`);
    expect(await run({ key: keyText('scoped'), script: dynamic })).toMatchObject({ status: 0 });
    expect(await addresses(`${client}.dyn.example.com.`)).toEqual(['192.0.2.7']);
  });

  it('is told that its key is unknown, or its signature wrong', async () => {
    const steps = script('update add never.example.com. 60 A 192.0.2.1');
    const wrong = [keyText('who'), keyText('hmac-sha256', 'hmac-sha256', 'd3Jvbmc=')];
    for (const key of wrong) {
      const { status, printed } = await run({ key, script: steps });
      expect(printed).toMatch(/NOTAUTH|BADKEY|BADSIG|TSIG/i);
      expect(status).not.toBe(0);
    }
    expect(await addresses('never.example.com.')).toEqual([]);
  });

  it('sends more than a datagram holds', async () => {
    const steps = Array.from(
      { length: 800 },
      (_, index) => `update add big.${client}.example.com. 60 A 10.0.${index >> 8}.${index & 255}`,
    );
    const key = keyText('hmac-sha512', 'hmac-sha512');
    expect(await run({ key, overTcp: true, script: script(...steps) })).toMatchObject({
      status: 0,
    });
  });
});

describe.skipIf(peersMissing('nsupdate'))('nsupdate without a zone', () => {
  it('finds the zone by asking for SOA records, signed', async () => {
    const { status } = await runUpdateClient('nsupdate', {
      port: server.place.dnsPort,
      key: keyText('hmac-sha256'),
      script: ['update add a.b.c.found.example.com. 60 A 192.0.2.44'],
    });
    expect(status).toBe(0);
    expect(await addresses('a.b.c.found.example.com.')).toEqual(['192.0.2.44']);
  });
});

describe.skipIf(peersMissing('nsupdate'))('what was done and refused', () => {
  it('is in the log with key, address, zone and reason', async () => {
    const name = 'told.example.com.';
    const steps = ['zone example.com.', `update add ${name} 60 A 192.0.2.1`];
    const port = server.place.dnsPort;
    await runUpdateClient('nsupdate', {
      port,
      script: steps,
      key: keyText('hmac-sha384', 'hmac-sha384'),
    });
    await runUpdateClient('nsupdate', { port, script: steps, key: keyText('narrow') });
    const done = server.lines.filter(({ msg }) => msg === 'updated').at(-1);
    expect(done).toMatchObject({ zone: 'example.com.', key: 'hmac-sha384.', address: '127.0.0.1' });
    const refused = server.lines.filter(({ msg }) => msg === 'an update was refused').at(-1);
    expect(refused).toMatchObject({ code: 'UPDATE_REFUSED', key: 'narrow.', rcode: 'REFUSED' });
    expect(refused?.['reason']).toContain('only TXT');
  });
});
