/**
 * Catalog zones (RFC 9432) between ours and other people's: BIND and Knot DNS follow a catalog
 * that we make, and we follow one that Knot DNS makes and one that BIND serves. NSD 4.6 knows no
 * catalogs.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { TsigKeyText } from '#dns/tsig/tsig-key.ts';
import { DnsExchange } from '../../kit/dns-exchange.ts';
import { writeQuery } from '../../kit/dns-query.ts';
import { freePort } from '../../kit/free-port.ts';
import { startPrimary } from '../../kit/peer-primary.ts';
import { CONFIGURATIONS, type PeerServer, runPeer } from '../../kit/peer-server.ts';
import { peersMissing } from '../../kit/peers.ts';
import { addNameserverKeys } from '../../kit/server-configuration.ts';
import { makeServerFolder, type ServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const ZONES = '/api/v1/servers/localhost/zones';
const CATALOG = 'catalog.holdfast.';
const SECRET = Buffer.alloc(32, 7).toString('base64');
const KEY: TsigKeyText = { name: 'xfer', algorithm: 'hmac-sha256', secret: SECRET };
const WAIT_MS = 10_000;
const MEMBER_TEXT =
  '@ 60 SOA ns1 host 1 300 60 86400 60\n@ NS ns1\nns1 A 192.0.2.9\nwww A 192.0.2.1\n';

async function answers(port: number, name: string): Promise<number> {
  const exchange = await DnsExchange.open(port);
  try {
    const query = writeQuery({ id: 1, name, type: 1 });
    const reply = await Promise.race([exchange.askUdp(query), sleep(500)]);
    return reply instanceof Uint8Array ? reply[7] : 0;
  } finally {
    exchange.close();
  }
}

/** Waits until a name has an address at a port, or has none any more. */
async function until(port: number, name: string, count: number): Promise<number> {
  const start = performance.now();
  while ((await answers(port, name)) !== count) {
    if (performance.now() - start > WAIT_MS) throw new Error(`${name} has not ${count} at ${port}`);
    await sleep(20);
  }
  return Math.round(performance.now() - start);
}

async function makeFolder(keys: readonly string[]): Promise<ServerFolder> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'xfer.key'), SECRET, { mode: 0o600 });
  const tsigKeys = 'tsigKeys: [{ name: xfer, secretFile: ./xfer.key }]';
  const place = await makeServerFolder(folder, tsigKeys);
  await addNameserverKeys(place, keys);
  return place;
}

/** A consumer of the catalog at `primaryPort`, which may notify it. */
const CONSUMERS: Record<'bind' | 'knot', (text: string, primaryPort: number) => string> = {
  bind: (text, primaryPort) => {
    const primaries = `primaries { 127.0.0.1 port ${primaryPort} key "${KEY.name}"; }`;
    const catalogs = `  catalog-zones { zone "${CATALOG}" default-${primaries} in-memory yes min-update-interval 1; };
  allow-notify { 127.0.0.1; };
  allow-new-zones yes;
`;
    return `${text.replace('options {\n', `options {\n${catalogs}`)}zone "${CATALOG}" {
  type secondary;
  ${primaries};
  file "catalog.db";
};
`;
  },
  knot: (text, primaryPort) => `${text}remote:
  - id: primary
    address: 127.0.0.1@${primaryPort}
    key: "${KEY.name}"
acl:
  - id: notify
    address: 127.0.0.1
    action: notify
template:
  - id: member
    master: primary
    acl: [keys, notify]
    zonefile-load: none
zone:
  - domain: "${CATALOG}"
    master: primary
    acl: [keys, notify]
    zonefile-load: none
    catalog-role: interpret
    catalog-template: member
`,
};

async function startConsumer(kind: 'bind' | 'knot', primaryPort: number): Promise<PeerServer> {
  const own = await temporaryFolder();
  // Knot makes the folder of its catalogs too late for the first one.
  await mkdir(join(own, 'db'));
  const port = await freePort();
  const { text, args } = CONFIGURATIONS[kind](own, port, new Map(), [KEY]);
  const whole = CONSUMERS[kind](text, primaryPort);
  const peer = await runPeer(kind, own, port, { text: whole, args }, ['first.example.']);
  onTestFinished(() => peer.close());
  return peer;
}

describe.skipIf(peersMissing('named', 'knotd'))('a catalog of ours', () => {
  it.each<'bind' | 'knot'>(['bind', 'knot'])(
    'is followed by %s: members come, change, begin anew and go',
    async (kind) => {
      const place = await makeFolder([`catalog: ${CATALOG}`, 'transfer: { allow: ["key:xfer"] }']);
      const ours = await ServerProcess.start(place);
      const make = async (name: string, address: string): Promise<void> => {
        const records = [{ content: address }];
        const rrsets = [{ name: `www.${name}`, type: 'A', ttl: 60, records }];
        const zone = { name, kind: 'Native', rrsets, nameservers: ['ns1.example.net.'] };
        expect((await ours.api('POST', ZONES, zone)).status).toBe(201);
      };
      await make('first.example.', '192.0.2.1');
      const peer = await startConsumer(kind, place.dnsPort);
      const metadata = [`127.0.0.1:${peer.port}`];
      const told = `${ZONES}/${CATALOG}/metadata/ALSO-NOTIFY`;
      expect((await ours.api('PUT', told, { metadata })).status).toBe(200);
      await make('new.example.', '192.0.2.1');
      await until(peer.port, 'www.new.example.', 1);
      // Deleted, and made again at once: another incarnation, which the peer must fetch whole.
      expect((await ours.api('DELETE', `${ZONES}/new.example.`)).status).toBe(204);
      await until(peer.port, 'www.new.example.', 0);
      await make('new.example.', '192.0.2.2');
      await until(peer.port, 'www.new.example.', 1);
    },
    40_000,
  );
});

describe.skipIf(peersMissing('named', 'knotd', 'nsupdate'))('a catalog of others', () => {
  it('that Knot DNS makes is followed by ours', async () => {
    const folder = await temporaryFolder();
    const port = await freePort();
    const file = join(folder, 'member.zone');
    await writeFile(file, MEMBER_TEXT);
    const { text, args } = CONFIGURATIONS.knot(folder, port, new Map(), [KEY]);
    const whole = `${text}  - domain: "${CATALOG}"
    catalog-role: generate
    acl: keys
  - domain: "member.example."
    file: "${file}"
    acl: keys
    catalog-role: member
    catalog-zone: "${CATALOG}"
    catalog-group: eu
`;
    // Knot answers a catalog to nobody but those who may transfer it.
    const peer = await runPeer('knot', folder, port, { text: whole, args }, ['member.example.']);
    onTestFinished(() => peer.close());
    const address = `127.0.0.1:${port}`;
    const place = await makeFolder([
      `primaries: [{ address: "${address}", key: xfer, catalog: ${CATALOG} }]`,
    ]);
    const ours = await ServerProcess.start(place);
    await until(place.dnsPort, 'www.member.example.', 1);
    const zone = await (await ours.api('GET', `${ZONES}/member.example.`)).json();
    expect(zone).toMatchObject({ kind: 'Slave', catalog: CATALOG });
    const groups = await ours.api('GET', `${ZONES}/member.example./metadata/X-CATALOG-GROUP`);
    expect(await groups.json()).toMatchObject({ metadata: ['eu'] });
  }, 40_000);

  it('that BIND serves is followed by ours as nsupdate changes it', async () => {
    const folder = await temporaryFolder();
    const place = await makeFolder([]);
    const file = join(folder, 'catalog.zone');
    await writeFile(
      file,
      '@ 0 IN SOA invalid. invalid. 1 300 60 86400 0\n@ NS invalid.\nversion TXT "2"\n',
    );
    const served = { zone: CATALOG, file, key: KEY, notifyPort: place.dnsPort };
    const peer = await startPrimary('bind', folder, served);
    onTestFinished(() => peer.close());
    const address = `127.0.0.1:${peer.port}`;
    await addNameserverKeys(place, [
      `primaries: [{ address: "${address}", key: xfer, catalog: ${CATALOG} }]`,
    ]);
    const ours = await ServerProcess.start(place);
    const members = async (): Promise<string[]> => {
      const zones = (await (await ours.api('GET', ZONES)).json()) as { name: string }[];
      return zones.map(({ name }) => name).filter((name) => name !== CATALOG);
    };
    await expect.poll(async () => (await ours.api('GET', `${ZONES}/${CATALOG}`)).status).toBe(200);
    await peer.update([`add a.zones.${CATALOG} 0 PTR a.example.`]);
    await expect.poll(members, { timeout: WAIT_MS }).toEqual(['a.example.']);
    await peer.update([`delete a.zones.${CATALOG} PTR`, `add b.zones.${CATALOG} 0 PTR b.example.`]);
    await expect.poll(members, { timeout: WAIT_MS }).toEqual(['b.example.']);
  }, 40_000);
});
