// Updates that are malformed, wrongly signed, late, sent again, or as large as they get: clear answers,
// nothing half done, and the server goes on.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandom } from '#base/random.ts';
import { signRequest } from '#dns/tsig/tsig-client.ts';
import { parseTsigKey } from '#dns/tsig/tsig-key.ts';
import { formatRcode } from '#dns/wire/header.ts';
import { DnsExchange } from '../kit/dns-exchange.ts';
import { readReply } from '../kit/dns-reply.ts';
import { readEnvironmentNumber } from '../kit/environment-number.ts';
import { addNameserverKeys, SAMPLE_ZONE } from '../kit/server-configuration.ts';
import { makeServerFolder, ServerProcess } from '../kit/server-process.ts';
import { temporaryFolder } from '../kit/temporary-folder.ts';
import { writeUpdate } from '../kit/update-message.ts';

const MUTATIONS = readEnvironmentNumber('HOLDFAST_MUTATIONS', 30_000) / 10;
const SEED = readEnvironmentNumber('HOLDFAST_SEED', 20_261_122);
const SECRET = 'c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0';
const KEY = parseTsigKey({ name: 'acme', algorithm: 'hmac-sha256', secret: SECRET });
const ZONE = 'example.com.';
const LEVEL_ERROR = 50;
const HOUR_MS = 3_600_000;

interface Opened {
  server: ServerProcess;
  ask: (request: Uint8Array, transport?: 'udp' | 'tcp') => Promise<string>;
  /** All records of the zone, as they are served. */
  zone: () => Promise<string>;
}

async function openServer(): Promise<Opened> {
  const folder = await temporaryFolder();
  const keys = 'tsigKeys: [{ name: acme, secretFile: tsig.key }]\n';
  const place = await makeServerFolder(folder, keys);
  await writeFile(join(folder, 'tsig.key'), SECRET, { mode: 0o600 });
  await addNameserverKeys(place, ['update: { allow: ["key:acme", "127.0.0.1"] }']);
  await writeFile(join(place.zones, 'example.com.zone'), SAMPLE_ZONE);
  const server = await ServerProcess.start(place);
  const exchange = await DnsExchange.open(place.dnsPort);
  onTestFinished(() => exchange.close());
  return {
    server,
    ask: async (request, transport = 'udp') => {
      const reply =
        transport === 'udp' ? await exchange.askUdp(request) : await exchange.askTcp(request);
      return reply === undefined ? 'no reply' : formatRcode(readReply(reply).rcode);
    },
    zone: async () => {
      const path = `/api/v1/servers/localhost/zones/${ZONE}/export`;
      return (await server.api('GET', path)).text();
    },
  };
}

function signed(step: string, id: number, nowMs = Date.now()): Uint8Array {
  return signRequest(writeUpdate({ id, zone: ZONE, updates: [step] }), KEY, nowMs).message;
}

describe('a signed update', () => {
  it('with any octet of it changed is not made', async () => {
    const { ask, zone } = await openServer();
    const before = await zone();
    const request = signed('add new.example.com. 60 A 192.0.2.1', 7);
    // Those of the id are the sender's to choose (RFC 8945 section 5.2.1), as forwarders do.
    for (let at = 2; at < request.length; at += 3) {
      const changed = request.slice();
      changed[at] ^= 1;
      const rcode = await ask(changed, 'tcp');
      expect(['FORMERR', 'NOTAUTH', 'NOTIMP', 'no reply'], `octet ${at}`).toContain(rcode);
    }
    expect(await zone()).toBe(before);
    expect(await ask(request)).toBe('NOERROR');
  });

  it.each([-HOUR_MS, HOUR_MS])('signed %i ms away is not made', async (skewMs) => {
    const { ask, zone } = await openServer();
    const before = await zone();
    const request = signed('add new.example.com. 60 A 192.0.2.1', 7, Date.now() + skewMs);
    expect(await ask(request)).toBe('NOTAUTH');
    expect(await zone()).toBe(before);
  });

  it('that is sent again by who overheard it is not made again', async () => {
    const { ask, zone } = await openServer();
    const add = signed('add new.example.com. 60 A 192.0.2.1', 7);
    expect(await ask(add)).toBe('NOERROR');
    expect(await ask(signed('delete new.example.com.', 8))).toBe('NOERROR');
    const before = await zone();
    expect(await ask(add)).toBe('NOERROR');
    expect(await ask(add, 'tcp')).toBe('NOERROR');
    expect(await zone()).toBe(before);
  });
});

/** The octets with some of them changed, cut or doubled. */
function mutate(octets: Uint8Array, random: ReturnType<typeof seededRandom>): Uint8Array {
  const changed = octets.slice();
  for (let count = 1 + random.below(3); count > 0; count--) {
    changed[2 + random.below(changed.length - 2)] = random.below(256);
  }
  // An update, whatever else it became.
  changed[2] = 0x28;
  const cut = random.below(4) === 0 ? 12 + random.below(changed.length - 12) : changed.length;
  const tail = random.below(8) === 0 ? changed.subarray(random.below(changed.length)) : [];
  return Uint8Array.from([...changed.subarray(0, cut), ...tail]);
}

describe(`${MUTATIONS} mutated updates, seed ${SEED}`, () => {
  it('raise nothing, and a good one is made after them', { timeout: 60_000 }, async () => {
    const { server, ask } = await openServer();
    const random = seededRandom(SEED);
    const whole = writeUpdate({
      zone: ZONE,
      prerequisites: ['yxrrset www.example.com. A', 'yxrrset www.example.com. A 192.0.2.80'],
      updates: [
        'add a.example.com. 60 MX 10 www.example.com.',
        'delete a.example.com. MX 10 www.example.com.',
        'delete b.example.com.',
      ],
    });
    const rcodes = new Set<string>();
    for (let sent = 0; sent < MUTATIONS; sent += 50) {
      const packets = Array.from({ length: 50 }, (_, index) => {
        const packet = mutate(whole, random);
        packet[0] = index;
        packet[1] = sent / 50;
        return packet;
      });
      const replies = packets.map(async (packet, index) =>
        ask(packet, index % 2 === 0 ? 'udp' : 'tcp'),
      );
      for (const rcode of await Promise.all(replies)) rcodes.add(rcode);
    }
    expect([...rcodes]).toContain('FORMERR');
    expect(rcodes).not.toContain('SERVFAIL');
    expect(rcodes).not.toContain('no reply');
    const good = writeUpdate({
      id: 9,
      zone: ZONE,
      updates: ['add ok.example.com. 60 A 192.0.2.1'],
    });
    expect(await ask(good)).toBe('NOERROR');
    expect(server.lines.filter(({ level }) => Number(level) >= LEVEL_ERROR)).toEqual([]);
  });
});

describe('an update of 64 KiB', () => {
  const names = Array.from({ length: 1700 }, (_, index) => `n${1000 + index}.big.${ZONE}`);

  it('is made whole, or not at all when its last record is wrong', async () => {
    const { ask, zone } = await openServer();
    const before = await zone();
    const updates = names.map((name) => `add ${name} 60 A 192.0.2.1`);
    const outside = writeUpdate({
      zone: ZONE,
      updates: [...updates, 'add x.test. 60 A 192.0.2.1'],
    });
    expect(outside.length).toBeGreaterThan(60_000);
    expect(await ask(outside, 'tcp')).toBe('NOTZONE');
    expect(await zone()).toBe(before);
    expect(await ask(writeUpdate({ zone: ZONE, updates }), 'tcp')).toBe('NOERROR');
    expect((await zone()).match(/\.big\./g)).toHaveLength(names.length);
  });

  it('of prerequisites alone is looked at whole', async () => {
    const { ask } = await openServer();
    const prerequisites = names.map((name) => `nxdomain ${name}`);
    expect(await ask(writeUpdate({ zone: ZONE, prerequisites }), 'tcp')).toBe('NOERROR');
  });
});
