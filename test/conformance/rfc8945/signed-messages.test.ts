// RFC 8945: TSIG, in what a server says to signed requests, good and bad. The MACs are made and
// compared by the kit's own reading of section 4.3.
//
// BIND 9.18 agrees but for the fudge of BADTIME, where it has 300, as Knot 3.2 has, and we the
// client's. Knot and NSD 4.6 do not tell short MACs from wrong ones, and NSD signs no BADTIME.
import { describe, expect, it } from 'vitest';
import { formatTsigKey, TSIG_ALGORITHMS, type TsigKey } from '#dns/tsig/tsig-key.ts';
import { cutTsig, type FoundTsig, findTsig } from '#dns/tsig/tsig-record.ts';
import { formatName, parseName } from '#dns/wire/name.ts';
import { writeQuery } from '../../kit/dns-query.ts';
import { type Reply, readReply } from '../../kit/dns-reply.ts';
import { useServer } from '../../kit/network-server.ts';
import { buildFrame, openStreamClient } from '../../kit/stream-client.ts';
import { macOf, SECRET, signMessage, type TsigFields } from '../../kit/tsig-message.ts';

const ALGORITHMS = TSIG_ALGORITHMS.filter((algorithm) => algorithm !== 'hmac-md5');
const KEYS = ALGORITHMS.map((algorithm): TsigKey => {
  return { name: parseName(`of-${algorithm}.`), algorithm, secret: SECRET };
});
const [KEY = { name: parseName('.'), algorithm: 'hmac-sha1', secret: SECRET }] = KEYS.slice(2);
const OTHER_KEY: TsigKey = { ...KEY, secret: SECRET.with(0, 0) };

/** Names enough for a transfer of several messages, and a TXT that fits in 512 octets unsigned. */
const HOSTS = Array.from({ length: 8000 }, (_, at) => `host${at} A 192.0.2.1`).join('\n');
const server = useServer({
  zones: {
    'signed.test.': `$TTL 300
@ SOA ns admin 7 3600 600 86400 300
@ NS ns
ns A 192.0.2.1
full TXT "${'x'.repeat(225)}" "${'y'.repeat(200)}"
${HOSTS}
`,
  },
  tsigKeys: KEYS.map(formatTsigKey),
});

const QUERY = writeQuery({ id: 0x1234, name: 'signed.test.', type: 6 });

interface SignedReply {
  octets: Uint8Array;
  unsigned: Uint8Array;
  reply: Reply;
  tsig: FoundTsig;
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}

/** The query, signed now. */
function signed(fields: TsigFields = {}, key = KEY): Uint8Array {
  return signMessage(QUERY, { time: now(), ...fields }, { key });
}

/** The reply to a message, of which a TSIG is expected. */
async function exchange(message: Uint8Array): Promise<SignedReply> {
  const octets = await server.send(message);
  if (octets === undefined) throw new Error('no reply');
  return split(octets);
}

function split(octets: Uint8Array): SignedReply {
  const tsig = findTsig(octets);
  if (tsig === undefined) throw new Error('the reply has no TSIG');
  const unsigned = cutTsig(octets, tsig.at);
  return { octets, unsigned, reply: readReply(unsigned), tsig };
}

/** The fields that the MAC of a reply covers. */
function fieldsOf({ timeSigned, fudge, error, other, originalId }: FoundTsig): TsigFields {
  return { time: timeSigned, fudge, error, other, originalId };
}

/** The rcode of a reply without records. */
async function rcodeOf(message: Uint8Array): Promise<number> {
  const reply = readReply((await server.send(message)) ?? new Uint8Array());
  expect(reply.answer).toEqual([]);
  return reply.rcode;
}

describe('RFC 8945 section 5.3, a good request', () => {
  it.each(KEYS)('is answered signed with the same key, $algorithm', async (key) => {
    const fields = { time: now() };
    const { reply, unsigned, tsig } = await exchange(signMessage(QUERY, fields, { key }));
    expect([reply.rcode, reply.answer.length, reply.id]).toEqual([0, 1, 0x1234]);
    expect(formatName(tsig.owner)).toBe(formatName(key.name));
    expect([tsig.error, tsig.other.length, tsig.originalId]).toEqual([0, 0, 0x1234]);
    const priorMac = macOf(QUERY, fields, { key });
    expect(tsig.mac).toEqual(macOf(unsigned, fieldsOf(tsig), { key, priorMac }));
    expect(Math.abs(tsig.timeSigned - now())).toBeLessThan(5);
  });

  it('may come with EDNS, over TCP, and behind a forwarder that gave it another id', async () => {
    const edns = { payloadSize: 1232 };
    const query = writeQuery({ id: 0x4321, name: 'signed.test.', type: 6, edns });
    const fields = { time: now(), originalId: 0x9999 };
    const client = await openStreamClient(server.port);
    client.write(buildFrame(signMessage(query, fields, { key: KEY })));
    await expect.poll(() => client.frames.length).toBe(1);
    const { reply, unsigned, tsig } = split(client.frames[0] ?? new Uint8Array());
    expect([reply.rcode, reply.answer.length, reply.id]).toEqual([0, 1, 0x4321]);
    expect(reply.edns).toBeDefined();
    const priorMac = macOf(query, fields, { key: KEY });
    expect(tsig.mac).toEqual(macOf(unsigned, fieldsOf(tsig), { key: KEY, priorMac }));
  });

  it('is told to come by TCP when the answer has no room for a signature', async () => {
    const query = writeQuery({ id: 3, name: 'full.signed.test.', type: 16 });
    const whole = readReply((await server.send(query)) ?? new Uint8Array());
    expect(whole.flags).not.toContain('tc');
    const fields = { time: now() };
    const { octets, reply, unsigned, tsig } = await exchange(
      signMessage(query, fields, { key: KEY }),
    );
    expect(octets.length).toBeLessThanOrEqual(512);
    expect([reply.flags.includes('tc'), reply.answer, reply.rcode]).toEqual([true, [], 0]);
    const priorMac = macOf(query, fields, { key: KEY });
    expect(tsig.mac).toEqual(macOf(unsigned, fieldsOf(tsig), { key: KEY, priorMac }));
  });

  it('that is not signed gets a reply that is not', async () => {
    expect(findTsig((await server.send(QUERY)) ?? new Uint8Array(12))).toBeUndefined();
  });
});

describe('RFC 8945 section 5.3.1, a transfer', () => {
  it('is signed in every message, each over the MAC before', async () => {
    const query = writeQuery({ id: 0x7777, name: 'signed.test.', type: 252 });
    const fields = { time: now() };
    const client = await openStreamClient(server.port);
    client.write(buildFrame(signMessage(query, fields, { key: KEY })));
    const countSoas = (): number =>
      client.frames
        .flatMap((frame) => split(frame).reply.answer)
        .filter((record) => / SOA /.test(record)).length;
    await expect.poll(countSoas, { timeout: 10_000 }).toBe(2);
    expect(client.frames.length).toBeGreaterThan(2);
    let priorMac: Uint8Array = macOf(query, fields, { key: KEY });
    for (const [index, frame] of client.frames.entries()) {
      const { unsigned, tsig } = split(frame);
      const digested = { key: KEY, priorMac, isTimersOnly: index > 0 };
      expect(tsig.mac).toEqual(macOf(unsigned, fieldsOf(tsig), digested));
      priorMac = tsig.mac;
    }
  });
});

describe('RFC 8945 section 5.2, a request with a bad TSIG', () => {
  it('is a format error with two TSIG records, or one that is not the last', async () => {
    expect(await rcodeOf(signMessage(signed(), { time: now() }, { key: KEY }))).toBe(1);
    const behind = Buffer.concat([signed(), Buffer.from('0000010001000000000004c0000201', 'hex')]);
    behind.writeUInt16BE(2, 10);
    expect(await rcodeOf(Uint8Array.from(behind))).toBe(1);
  });

  it('is a format error with a record that cannot be read', async () => {
    const octets = signed();
    expect(await rcodeOf(octets.with(octets.length - 1, 9))).toBe(1);
    const macSizeAt = octets.length - 6 - 32 - 2;
    expect(await rcodeOf(octets.with(macSizeAt, 0xff))).toBe(1);
  });

  it.each([
    ['a key that is not known', signed({ owner: 'unknown.key.' })],
    ['another algorithm', signed({ algorithm: 'hmac-sha1.' })],
    ['an algorithm that is not known', signed({ algorithm: 'hmac-unheard-of.' })],
  ])('is NOTAUTH and BADKEY, unsigned, for %s (5.2.1)', async (_, message) => {
    const { reply, tsig } = await exchange(message);
    expect([reply.rcode, reply.answer, tsig.error, tsig.mac.length]).toEqual([9, [], 17, 0]);
  });

  it('is NOTAUTH and BADSIG, unsigned, for another secret or a changed message (5.2.2)', async () => {
    for (const message of [signed({}, OTHER_KEY), signed().with(2, 1)]) {
      const { reply, tsig } = await exchange(message);
      expect([reply.rcode, reply.answer, tsig.error, tsig.mac.length]).toEqual([9, [], 16, 0]);
    }
  });

  it.each([9, 15])('is a format error with a MAC of %i octets (5.2.2.1)', async (size) => {
    const time = now();
    const mac = macOf(QUERY, { time }, { key: KEY }).subarray(0, size);
    expect(await rcodeOf(signed({ time, mac }))).toBe(1);
  });

  it.each([-3600, 3600])('is NOTAUTH and BADTIME, signed, %i s away (5.2.3)', async (away) => {
    const time = now() + away;
    const { reply, unsigned, tsig } = await exchange(signed({ time, fudge: 77 }));
    expect([reply.rcode, reply.answer, tsig.error]).toEqual([9, [], 18]);
    expect([tsig.timeSigned, tsig.fudge, tsig.other.length]).toEqual([time, 77, 6]);
    expect(Math.abs(Buffer.from(tsig.other).readUIntBE(0, 6) - now())).toBeLessThan(5);
    const priorMac = macOf(QUERY, { time, fudge: 77 }, { key: KEY });
    expect(tsig.mac).toEqual(macOf(unsigned, fieldsOf(tsig), { key: KEY, priorMac }));
  });

  it('is NOTAUTH and BADTRUNC, signed, for a MAC that is cut (5.2.4)', async () => {
    const time = now();
    const priorMac = macOf(QUERY, { time }, { key: KEY }).subarray(0, 16);
    const { reply, unsigned, tsig } = await exchange(signed({ time, mac: priorMac }));
    expect([reply.rcode, reply.answer, tsig.error]).toEqual([9, [], 22]);
    expect(tsig.mac).toEqual(macOf(unsigned, fieldsOf(tsig), { key: KEY, priorMac }));
  });
});
