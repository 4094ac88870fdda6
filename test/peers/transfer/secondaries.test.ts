/**
 * BIND, Knot DNS and NSD as secondaries of ours: they fetch a zone whole, then random changes as
 * differences, and must have what we have after each round. Transfers are signed.
 */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Random, seededRandom } from '#base/random.ts';
import type { TsigKeyText } from '#dns/tsig/tsig-key.ts';
import { DnsExchange } from '../../kit/dns-exchange.ts';
import { writeQuery } from '../../kit/dns-query.ts';
import { startSecondary } from '../../kit/peer-secondary.ts';
import { PEER_PROGRAMS, type PeerKind, type PeerServer } from '../../kit/peer-server.ts';
import { findPeer, peersMissing } from '../../kit/peers.ts';
import { randomRrsets } from '../../kit/random-rrsets.ts';
import { addNameserverKeys } from '../../kit/server-configuration.ts';
import { makeServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const run = promisify(execFile);
const ZONE = 'example.com.';
const PATH = `/api/v1/servers/localhost/zones/${ZONE}`;
const SECRET = Buffer.alloc(32, 7).toString('base64');
const KEY: TsigKeyText = { name: 'xfer', algorithm: 'hmac-sha256', secret: SECRET };
const HOSTS = 2000;
const ROUNDS = 4;
const WAIT_MS = 15_000;

const ZONE_TEXT = `$ORIGIN ${ZONE}
@ 3600 IN SOA ns1 hostmaster 1 3600 600 86400 300
@ NS ns1
@ NS ns.elsewhere.example.
@ MX 10 mail
ns1 A 192.0.2.1
mail A 192.0.2.2
sub NS ns.sub
ns.sub A 192.0.2.3
*.wild TXT "any"
alias CNAME www
unknown TYPE65280 \\# 3 010203
${Array.from({ length: HOSTS }, (_, host) => `h${host} A 10.1.${host >> 8}.${host & 255}`).join('\n')}
`;

async function startPrimary(): Promise<ServerProcess> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'xfer.key'), SECRET, { mode: 0o600 });
  const keys = 'tsigKeys: [{ name: xfer, secretFile: ./xfer.key }]';
  const place = await makeServerFolder(folder, keys);
  await addNameserverKeys(place, ['transfer: { allow: ["key:xfer@127.0.0.0/8"] }']);
  await writeFile(join(place.zones, `${ZONE}zone`), ZONE_TEXT);
  return ServerProcess.start(place);
}

/** All records that a server transfers, in dig's words, sorted; the SOA once. */
async function content(port: number): Promise<string[]> {
  const key = `${KEY.algorithm}:${KEY.name}:${KEY.secret}`;
  const { stdout } = await run(
    findPeer('dig') ?? 'dig',
    ['@127.0.0.1', '-p', `${port}`, '-y', key, '+noall', '+answer', '+onesoa', ZONE, 'AXFR'],
    { maxBuffer: 1 << 26 },
  );
  const lines = stdout.split('\n').map((line) => line.split(/\s+/).join(' '));
  return lines.filter((line) => line.includes(' IN ')).sort();
}

/** One change of several RRsets, of new and old names and types. */
async function changeRandomly(server: ServerProcess, random: Random): Promise<void> {
  const { status } = await server.api('PATCH', PATH, { rrsets: randomRrsets(random, ZONE) });
  expect(status).toBe(204);
}

async function serialAt(exchange: DnsExchange): Promise<number> {
  const reply = await exchange.askUdp(writeQuery({ id: 1, name: ZONE, type: 6 }));
  if (reply === undefined || reply[7] !== 1) return 0;
  return new DataView(reply.buffer, reply.byteOffset).getUint32(reply.length - 20);
}

/** Tells the secondary that there is something new until it has the serial. */
async function follow(peer: PeerServer, serial: number): Promise<void> {
  const exchange = await DnsExchange.open(peer.port);
  const deadline = Date.now() + WAIT_MS;
  try {
    while ((await serialAt(exchange)) !== serial) {
      if (Date.now() > deadline) throw new Error(`${peer.kind} does not get serial ${serial}`);
      await exchange.askUdp(writeQuery({ id: 2, name: ZONE, type: 6, opcode: 4 }));
      await sleep(200);
    }
  } finally {
    exchange.close();
  }
}

async function serialOf(server: ServerProcess): Promise<number> {
  const zone = (await (await server.api('GET', PATH)).json()) as { serial: number };
  return zone.serial;
}

/** `form` of each transfer that the server says it sent. */
function formsSent(server: ServerProcess): unknown[] {
  return server.lines.filter(({ msg }) => msg === 'zone sent').map(({ form }) => form);
}

describe.skipIf(peersMissing('dig', ...PEER_PROGRAMS))('as a secondary of ours', () => {
  it.each<PeerKind>(['bind', 'knot', 'nsd'])(
    '%s has our zone, whole and after differences',
    { timeout: 60_000 },
    async (kind) => {
      const server = await startPrimary();
      const from = { zones: [ZONE], port: server.place.dnsPort, key: KEY };
      const peer = await startSecondary(kind, await temporaryFolder(), from);
      onTestFinished(async () => peer.close());
      const whole = await content(server.place.dnsPort);
      expect(whole).toHaveLength(HOSTS + 11);
      expect(await content(peer.port)).toEqual(whole);
      const random = seededRandom(20_261_122);
      for (let round = 0; round < ROUNDS; round++) {
        for (let count = 1 + random.below(6); count > 0; count--) {
          await changeRandomly(server, random);
        }
        await follow(peer, await serialOf(server));
        expect(await content(peer.port)).toEqual(await content(server.place.dnsPort));
      }
      const forms = formsSent(server);
      expect(forms.filter((form) => form === 'ixfr').length).toBeGreaterThanOrEqual(ROUNDS);
    },
  );
});
