// Whatever octets come as a query: no exception, nothing read outside the query, nothing written
// outside the room for the reply, and what is written can be read.
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeClockCell, openClock } from '#base/clock.ts';
import { makeCookieSecrets } from '#dns/answer/cookie-secrets.ts';
import { readMessage } from '#dns/wire/message-reader.ts';
import { QTYPES } from '../../../kit/arbitrary-zones.ts';
import { type ImageFixture, makeQuery, serveText } from '../../../kit/image-fixture.ts';

const ZONE = `
@ SOA ns1 host 1 7200 1800 1209600 300
@ NS ns1
@ NS ns.y.
@ MX 10 mail
ns1 A 192.0.2.1
www CNAME mail
mail A 192.0.2.2
*.wild TXT "${'x'.repeat(200)}"
dname DNAME x.
cut NS ns.cut
ns.cut A 192.0.2.3
a.b.c AAAA 2001:db8::1
loop DNAME loop.loop
big TXT "${'a'.repeat(255)}" "${'b'.repeat(255)}"
`;
const NAMES = [
  'x.',
  'www.x.',
  'q.wild.x.',
  'a.dname.x.',
  'b.cut.x.',
  'c.x.',
  'a.loop.x.',
  'big.x.',
];
const SENTINEL = 0xa5;

const query = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc
    .tuple(
      fc.constantFrom(...NAMES),
      fc.constantFrom(...QTYPES, 251, 252, 46, 47),
      fc.boolean(),
      fc.array(fc.tuple(fc.nat(120), fc.nat(255)), { maxLength: 4 }),
      fc.nat(200),
      fc.array(fc.record({ code: fc.nat(20), data: fc.uint8Array({ maxLength: 42 }) }), {
        maxLength: 4,
      }),
    )
    .map(([name, type, edns, changes, cut, ednsOptions]) => {
      const asked = { dnssecOk: true, payloadSize: 4096, ednsOptions };
      const octets = makeQuery(name, type, edns ? asked : {});
      for (const [at, value] of changes) octets[at % octets.length] = value;
      return cut < 100 ? octets.subarray(0, cut) : octets;
    }),
);

describe('any octets', () => {
  let fixture: ImageFixture;

  beforeAll(async () => {
    const text = Buffer.from('ns1');
    fixture = await serveText(
      { 'x.': ZONE },
      {
        nsid: text,
        cookieSecrets: makeCookieSecrets([new Uint8Array(16)]),
        keepaliveMs: 10_000,
        chaos: { version: text, identity: text },
      },
      { clock: openClock({ kind: 'cell', cell: makeClockCell(1_800_000_000_000) }) },
    );
  });

  function answer(octets: Uint8Array, around: number, room: number, stream: boolean): Uint8Array {
    const queries = new Uint8Array(octets.length + 64).fill(around);
    queries.set(octets, 32);
    const replies = new Uint8Array(room + 64).fill(SENTINEL);
    const { answerer } = fixture;
    answerer.beginBatch();
    const clientOctets = new Uint8Array(4);
    const client = { clientOctets, clientAt: 0, isIpv6: false, isEncrypted: stream };
    const size = answerer.answer(queries, 32, octets.length, replies, 32, room, stream, client);
    answerer.endBatch();
    expect(size).toBeLessThanOrEqual(room);
    for (let at = 0; at < 32; at++) {
      expect(replies[at]).toBe(SENTINEL);
      expect(replies[32 + room + at]).toBe(SENTINEL);
    }
    return replies.slice(32, 32 + Math.max(0, size));
  }

  it('are answered from themselves alone, within the room that there is', () => {
    fc.assert(
      fc.property(query, fc.nat(700), fc.boolean(), (octets, room, stream) => {
        const reply = answer(octets, 0, room, stream);
        expect(answer(octets, 255, room, stream)).toEqual(reply);
        if (reply.length === 0) return;
        expect(reply[2] & 0x80).toBe(0x80);
        expect(readMessage(reply).id).toBe((octets[0] << 8) | octets[1]);
      }),
      { numRuns: 5000 },
    );
  });
});
