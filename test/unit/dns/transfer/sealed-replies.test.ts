import { describe, expect, it } from 'vitest';
import { PART_OPTIONS_SIZE_MAX } from '#dns/transfer/sealed-replies.ts';
import { signRequest } from '#dns/tsig/tsig-client.ts';
import { EDNS_OPTION } from '#dns/wire/edns.ts';
import { readMessage } from '#dns/wire/message-reader.ts';
import { writeQuery } from '../../../kit/dns-query.ts';
import { NOW_MS, routeRequests } from '../../../kit/routed-requests.ts';
import { XFER_KEY } from '../../../kit/tsig-message.ts';

const AXFR = 252;
const IXFR = 251;
const PADDING = { code: EDNS_OPTION.PADDING, data: new Uint8Array(0) };
const nsid = { code: EDNS_OPTION.NSID, data: Uint8Array.of(1, 2, 3) };

/** A message of a part: a header, and one record of TYPE65280 that takes the rest. */
function messageOf(size: number): Uint8Array {
  const message = new Uint8Array(size);
  message.set([0x12, 0x34, 0x80]);
  if (size === 12) return message;
  message[7] = 1;
  const rdataSize = size - 12 - 11;
  message.set([0, 0xff, 0, 0, 1, 0, 0, 0, 0, rdataSize >>> 8, rdataSize & 0xff], 12);
  return message;
}

function query(type: number, options?: { code: number; data: Uint8Array }[], payloadSize = 1232) {
  const edns = options && { payloadSize, options, dnssecOk: true };
  return writeQuery({ id: 0x1234, name: 'example.test.', type, ...(edns && { edns }) });
}

describe('replies of a part', () => {
  it.each([
    ['udp', undefined, 512],
    ['udp', 100, 512],
    ['udp', 800, 800],
    ['udp', 9000, 1232],
    ['tcp', 512, 65_535],
  ] as const)(
    'over %s to a client that takes %s octets have %s with everything',
    async (transport, taken, size) => {
      let largest = 0;
      const { handle } = routeRequests(
        (replies) => {
          largest = replies.sizeMax;
          const own = { code: EDNS_OPTION.EXPIRE, data: new Uint8Array(PART_OPTIONS_SIZE_MAX - 4) };
          return replies.send(messageOf(replies.sizeMax), [own]);
        },
        { serverOptions: { reply: () => [nsid] } },
      );
      const bytes = query(IXFR, taken === undefined ? undefined : [], taken);
      const { message, verifier } = signRequest(bytes, XFER_KEY, NOW_MS);
      const [reply] = await handle(message, transport);
      expect(reply.length).toBeLessThanOrEqual(size);
      expect(reply.length).toBeGreaterThan(
        size - (taken === undefined ? 1 : PART_OPTIONS_SIZE_MAX),
      );
      expect(verifier.verify(reply, NOW_MS).length).toBeGreaterThan(largest - 1);
    },
  );

  it('have the options of the server, then those of the part, and the DO bit of the query', async () => {
    const expire = { code: EDNS_OPTION.EXPIRE, data: Uint8Array.of(0, 0, 0, 9) };
    const { handle } = routeRequests((replies) => replies.send(messageOf(12), [expire]), {
      serverOptions: { reply: () => [nsid] },
    });
    const [reply] = await handle(query(AXFR, []));
    expect(readMessage(reply).edns).toEqual({
      payloadSize: 1232,
      version: 0,
      flags: 0x8000,
      options: [nsid, expire],
    });
    const [plain] = await handle(query(AXFR));
    expect([...plain]).toEqual([...messageOf(12)]);
  });

  it('are padded over TLS, each of them, signature included, for clients that pad', async () => {
    const { handle } = routeRequests(async (replies) => {
      await replies.send(messageOf(12));
      await replies.send(messageOf(600));
      await replies.send(messageOf(replies.sizeMax));
    });
    const { message, verifier } = signRequest(query(AXFR, [PADDING]), XFER_KEY, NOW_MS);
    const sent = await handle(message, 'tls');
    expect(sent.slice(0, 2).map(({ length }) => length)).toEqual([468, 2 * 468]);
    expect(sent[2].length).toBeLessThanOrEqual(65_535);
    for (const reply of sent) verifier.verify(reply, NOW_MS);
    const overTcp = await handle(query(AXFR, [PADDING]), 'tcp');
    expect(readMessage(overTcp[0]).edns?.options).toEqual([]);
    const unasked = await handle(query(AXFR, []), 'tls');
    expect(readMessage(unasked[0]).edns?.options).toEqual([]);
  });

  it('of status leave the question out where a long signature needs the room', async () => {
    const label = [63, ...Array<number>(63).fill(0x61)];
    const last = [61, ...Array<number>(61).fill(0x61)];
    const name = Uint8Array.from([...label, ...label, ...label, ...last, 0]);
    const key = { ...XFER_KEY, name, algorithm: 'hmac-sha512' as const };
    const { handle } = routeRequests((replies) => replies.sendStatus({ rcode: 5 }), {
      keyring: { find: () => key },
    });
    const long = `${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(63)}.${'e'.repeat(50)}.`;
    const bytes = writeQuery({ id: 1, name: long, type: IXFR });
    const { message, verifier } = signRequest(bytes, key, NOW_MS);
    const [reply] = await handle(message, 'udp');
    expect(reply.length).toBeLessThanOrEqual(512);
    const { rcode, question } = readMessage(verifier.verify(reply, NOW_MS));
    expect([rcode, question]).toEqual([5, undefined]);
  });
});
