/**
 * A zone whose rows a disk has lost, and that no mirror has, comes back by itself from a name server
 * that has the same version: from secondaries of ours, and from the primary of a zone that we fetch.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openClock } from '#base/clock.ts';
import { systemRandom } from '#base/random.ts';
import type { TsigKeyText } from '#dns/tsig/tsig-key.ts';
import { makeSelfSigned } from '#net/self-signed-certificate.ts';
import { damageZones } from '../../kit/damaged-zone.ts';
import { startPrimary, transferRecords } from '../../kit/peer-primary.ts';
import { startSecondary } from '../../kit/peer-secondary.ts';
import { PEER_PROGRAMS, type PeerKind } from '../../kit/peer-server.ts';
import { peersMissing } from '../../kit/peers.ts';
import { addNameserverKeys } from '../../kit/server-configuration.ts';
import { makeServerFolder, type ServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const ZONE = 'example.com.';
const PATH = `/api/v1/servers/localhost/zones/${ZONE}`;
const SECRET = Buffer.alloc(32, 7).toString('base64');
const KEY: TsigKeyText = { name: 'xfer', algorithm: 'hmac-sha256', secret: SECRET };
const ALLOWED = 'allow: ["key:xfer@127.0.0.0/8"]';
const TIMEOUT_MS = 30_000;
const ZONE_TEXT = `$ORIGIN ${ZONE}
@ 3600 IN SOA ns1 hostmaster 1 3600 600 86400 300
@ NS ns1
@ MX 10 mail
ns1 A 192.0.2.1
mail A 192.0.2.2
alias CNAME mail
texts TXT "one" "two" "\\195\\164"
unknown TYPE65280 \\# 3 010203
kept A 192.0.2.7
`;

async function makePlace(): Promise<ServerFolder> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'xfer.key'), SECRET, { mode: 0o600 });
  const keys = 'tsigKeys: [{ name: xfer, secretFile: ./xfer.key }]\n';
  return makeServerFolder(folder, keys);
}

async function patch(server: ServerProcess, rrset: Record<string, unknown>): Promise<number> {
  const rrsets = [{ changetype: 'REPLACE', ttl: 300, ...rrset }];
  return (await server.api('PATCH', PATH, { rrsets })).status;
}

/** Everything that the API shows of the zone, remarks and disabled records as well. */
async function shown(server: ServerProcess): Promise<unknown> {
  const { rrsets } = (await (await server.api('GET', PATH)).json()) as { rrsets: object[] };
  return rrsets.map((rrset) => JSON.stringify(rrset)).sort();
}

/** Waits until the zone is repaired. @returns from what */
async function repairedFrom(server: ServerProcess): Promise<unknown> {
  const line = (): Record<string, unknown> | undefined =>
    server.lines.find(({ msg }) => msg === 'the stored content of a zone was repaired');
  await expect.poll(line, { timeout: 15_000, interval: 50 }).toBeDefined();
  await expect.poll(async () => (await server.api('GET', '/healthz')).status).toBe(200);
  return line()?.['source'];
}

function wasDamaged({ lines }: ServerProcess): boolean {
  return lines.some(({ msg }) => String(msg).startsWith(`zone ${ZONE} is not served`));
}

describe.skipIf(peersMissing(...PEER_PROGRAMS, 'dig'))('a zone that the disk has lost', () => {
  it.each<PeerKind>(['nsd', 'knot', 'bind'])(
    'comes back from %s, which is our secondary, with remarks and disabled records',
    { timeout: TIMEOUT_MS },
    async (kind) => {
      const place = await makePlace();
      await addNameserverKeys(place, [`transfer: { ${ALLOWED} }`]);
      await writeFile(join(place.zones, `${ZONE}zone`), ZONE_TEXT);
      const first = await ServerProcess.start(place);
      const comments = [{ content: 'for later', account: 'ops' }];
      const disabled = [{ content: '192.0.2.8', disabled: true }];
      const kept = [{ content: '192.0.2.7' }, ...disabled];
      expect(await patch(first, { name: `kept.${ZONE}`, type: 'A', records: kept, comments })).toBe(
        204,
      );
      expect(await patch(first, { name: `silent.${ZONE}`, type: 'A', records: disabled })).toBe(
        204,
      );
      const before = await shown(first);
      const from = { zones: [ZONE], port: place.dnsPort, key: KEY };
      const peer = await startSecondary(kind, place.folder, from);
      onTestFinished(() => peer.close());
      await first.stop();
      await damageZones(place.data, ['mail', 'texts', 'alias', 'unknown']);
      const told = `notify: [{ address: "127.0.0.1:${peer.port}", key: xfer }]`;
      const text = await readFile(place.config, 'utf8');
      await writeFile(place.config, text.replace(ALLOWED, `${ALLOWED}, ${told}`));
      const again = await ServerProcess.start(place);
      expect(wasDamaged(again)).toBe(true);
      expect(await repairedFrom(again)).toBe(`127.0.0.1:${peer.port}`);
      expect(await shown(again)).toEqual(before);
      const records = [{ content: '192.0.2.9' }];
      expect(await patch(again, { name: `new.${ZONE}`, type: 'A', records })).toBe(204);
    },
  );

  it('comes back from its primary, over TLS', { timeout: TIMEOUT_MS }, async () => {
    const place = await makePlace();
    const file = join(place.folder, 'primary.zone');
    await writeFile(file, ZONE_TEXT);
    const tls = await makeCertificate(place.folder);
    const served = { zone: ZONE, file, key: KEY, notifyPort: place.dnsPort, tls };
    const primary = await startPrimary('bind', place.folder, served);
    onTestFinished(() => primary.close());
    const known = `tls: { name: primary.test., ca: ${tls.certificate} }`;
    const at = `address: "127.0.0.1:${primary.tlsPort}", key: xfer, zones: [${ZONE}]`;
    await addNameserverKeys(place, [
      `primaries: [{ ${at}, ${known} }]`,
      'transfer: { allow: ["key:xfer"] }',
    ]);
    const first = await ServerProcess.start(place);
    const ours = { zone: ZONE, key: KEY };
    const records = await primary.records();
    await expect
      .poll(() => transferRecords(place.dnsPort, ours), { timeout: 8000 })
      .toEqual(records);
    await first.stop();
    await damageZones(place.data, ['mail', 'texts', 'alias', 'unknown']);
    const again = await ServerProcess.start(place);
    expect(wasDamaged(again)).toBe(true);
    expect(await repairedFrom(again)).toBe(`127.0.0.1:${primary.tlsPort} (TLS)`);
    expect(await transferRecords(place.dnsPort, ours)).toEqual(records);
  });
});

async function makeCertificate(folder: string): Promise<{ certificate: string; key: string }> {
  const made = makeSelfSigned({
    name: 'primary.test',
    addresses: ['127.0.0.1'],
    nowMs: openClock({ kind: 'system' }).nowMs(),
    random: systemRandom(),
  });
  const tls = { certificate: join(folder, 'c.pem'), key: join(folder, 'k.pem') };
  await writeFile(tls.certificate, made.certificate);
  await writeFile(tls.key, made.key);
  return tls;
}
