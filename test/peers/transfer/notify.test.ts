/**
 * BIND, Knot DNS and NSD as secondaries that our NOTIFY tells of changes: each has a change within
 * a second, and a target that is dead keeps none of them waiting.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { TsigKeyText } from '#dns/tsig/tsig-key.ts';
import { DnsExchange } from '../../kit/dns-exchange.ts';
import { writeQuery } from '../../kit/dns-query.ts';
import { freePort } from '../../kit/free-port.ts';
import { startSecondary } from '../../kit/peer-secondary.ts';
import { PEER_PROGRAMS, type PeerKind } from '../../kit/peer-server.ts';
import { peersMissing } from '../../kit/peers.ts';
import { addNameserverKeys } from '../../kit/server-configuration.ts';
import { makeServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const ZONE = 'example.com.';
const PATH = `/api/v1/servers/localhost/zones/${ZONE}`;
const SECRET = Buffer.alloc(32, 7).toString('base64');
const KEY: TsigKeyText = { name: 'xfer', algorithm: 'hmac-sha256', secret: SECRET };
const ZONE_TEXT = `@ 3600 IN SOA ns1 hostmaster 1 3600 600 86400 300
@ NS ns1
ns1 A 192.0.2.1
`;
const KINDS: readonly PeerKind[] = ['bind', 'knot', 'nsd'];
/** NSD takes up what it fetched at most once a second (`xfrd-reload-timeout`). */
const WAIT_MS_MAX: Record<PeerKind, number> = { bind: 1000, knot: 1000, nsd: 2000 };

async function serialAt(port: number): Promise<number> {
  const exchange = await DnsExchange.open(port);
  try {
    const query = writeQuery({ id: 1, name: ZONE, type: 6 });
    const reply = await Promise.race([exchange.askUdp(query), sleep(500)]);
    if (!(reply instanceof Uint8Array) || reply[7] !== 1) return 0;
    return new DataView(reply.buffer, reply.byteOffset).getUint32(reply.length - 20);
  } finally {
    exchange.close();
  }
}

/** Milliseconds until the port serves the serial. */
async function waitFor(port: number, serial: number): Promise<number> {
  const start = performance.now();
  while ((await serialAt(port)) !== serial) {
    if (performance.now() - start > 10_000) throw new Error(`port ${port} lacks ${serial}`);
    await sleep(10);
  }
  return performance.now() - start;
}

async function startPrimary(): Promise<ServerProcess> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'xfer.key'), SECRET, { mode: 0o600 });
  const keys = 'tsigKeys: [{ name: xfer, secretFile: ./xfer.key }]';
  const place = await makeServerFolder(folder, keys);
  await addNameserverKeys(place, ['transfer: { allow: ["key:xfer"] }']);
  await writeFile(join(place.zones, `${ZONE}zone`), ZONE_TEXT);
  return ServerProcess.start(place);
}

describe.skipIf(peersMissing(...PEER_PROGRAMS))('NOTIFY of ours', () => {
  it('has BIND, Knot DNS and NSD fetch each change within a second', async () => {
    const primary = await startPrimary();
    const folder = await temporaryFolder();
    const from = { zones: [ZONE], port: primary.place.dnsPort, key: KEY };
    const peers = [];
    for (const kind of KINDS) {
      const peer = await startSecondary(kind, folder, from);
      onTestFinished(() => peer.close());
      peers.push(peer);
    }
    const dead = `127.0.0.1:${await freePort()}`;
    const metadata = [dead, ...peers.map(({ port }) => `127.0.0.1:${port}`)];
    const written = await primary.api('PUT', `${PATH}/metadata/ALSO-NOTIFY`, { metadata });
    expect(written.status).toBe(200);
    for (let round = 1; round <= 3; round++) {
      const records = [{ content: `192.0.2.${round}` }];
      const rrset = { name: `www.${ZONE}`, type: 'A', ttl: 60, changetype: 'REPLACE', records };
      const { status } = await primary.api('PATCH', PATH, { rrsets: [rrset] });
      expect(status).toBe(204);
      const serial = await serialAt(primary.place.dnsPort);
      const waits = await Promise.all(peers.map(({ port }) => waitFor(port, serial)));
      for (const [index, waitMs] of waits.entries()) {
        const { kind } = peers[index];
        expect({ kind, isInTime: waitMs < WAIT_MS_MAX[kind] }).toEqual({ kind, isInTime: true });
      }
      const { notified_serial: notified } = (await (await primary.api('GET', PATH)).json()) as {
        notified_serial: number;
      };
      expect(notified).toBe(serial);
    }
  }, 40_000);
});
