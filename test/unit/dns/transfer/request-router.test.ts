import { describe, expect, it } from 'vitest';
import { signRequest } from '#dns/tsig/tsig-client.ts';
import { EDNS_OPTION } from '#dns/wire/edns.ts';
import { readMessage } from '#dns/wire/message-reader.ts';
import { type QueryFields, writeQuery } from '../../../kit/dns-query.ts';
import { NOW_MS, routeRequests } from '../../../kit/routed-requests.ts';
import { XFER_KEY } from '../../../kit/tsig-message.ts';

const SOA = 6;
const [IXFR, AXFR] = [251, 252];
const [NOTIFY, UPDATE] = [4, 5];
const edns = { payloadSize: 1232 };

/** A request in zone example.test. */
function request(type: number, fields: Partial<QueryFields> = {}): Uint8Array {
  return writeQuery({ id: 0x1234, name: 'example.test.', type, ...fields });
}

/** Signed with XFER_KEY, and the verifier of its replies. */
function signed(message: Uint8Array) {
  return signRequest(message, XFER_KEY, NOW_MS);
}

/** The TSIG error (RFC 8945 section 4.2) of a reply, that stands before its other data. */
function tsigError(reply: Uint8Array): number | undefined {
  const rdata = readMessage(reply).additional.at(-1)?.rdata;
  return rdata?.at(-3);
}

describe('a router of requests', () => {
  it('gives each kind of request to its part', async () => {
    const { handle, given } = routeRequests();
    await handle(request(AXFR));
    await handle(request(IXFR), 'udp');
    await handle(request(SOA, { opcode: NOTIFY }));
    await handle(request(SOA, { opcode: UPDATE }));
    expect(given.map(({ part }) => part)).toEqual(['transfer', 'transfer', 'notify', 'update']);
    expect(given.map(({ request: { key } }) => key)).toEqual(Array(4).fill(undefined));
  });

  it('refuses what has no part, and says to clients with EDNS that it is prohibited', async () => {
    const { handle } = routeRequests(undefined, { parts: {} });
    for (const fields of [{ opcode: NOTIFY }, { opcode: UPDATE }]) {
      const [plain] = await handle(request(SOA, fields));
      expect(readMessage(plain)).toMatchObject({
        id: 0x1234,
        rcode: 5,
        edns: undefined,
        ...fields,
      });
      const [said] = await handle(request(SOA, { ...fields, edns }));
      const { code, data } = readMessage(said).edns?.options[0] ?? {};
      expect([code, ...(data ?? [])]).toEqual([EDNS_OPTION.EXTENDED_ERROR, 0, 18]);
    }
    expect(readMessage((await handle(request(AXFR)))[0]).rcode).toBe(5);
  });

  it('gives a part the request without its signature, and signs what it sends', async () => {
    const message = request(AXFR, { edns });
    const { message: bytes, verifier } = signed(message);
    const { handle, given } = routeRequests(async (replies, { message: { id, question } }) => {
      expect(question?.type).toBe(AXFR);
      for (let i = 0; i < 3; i++) {
        expect(await replies.send(Uint8Array.of(id >>> 8, id, 0x80, ...Array(9).fill(0)))).toBe(
          true,
        );
      }
    });
    const sent = await handle(bytes);
    expect(given[0].request.octets).toEqual(message);
    expect(given[0].request.key).toEqual(XFER_KEY);
    const replies = sent.map((reply) => readMessage(verifier.verify(reply, NOW_MS)));
    verifier.end();
    expect(replies.map((reply) => reply.edns !== undefined)).toEqual([true, true, true]);
  });

  it('answers NOTAUTH to a signature that is not good, and asks no part', async () => {
    const { message } = signed(request(AXFR, { edns }));
    const stranger = { ...XFER_KEY, name: Uint8Array.of(1, 0x78, 0) };
    const forged = Uint8Array.from(message);
    forged[forged.length - 10] ^= 1;
    const late = signRequest(request(AXFR), XFER_KEY, NOW_MS - 3_600_000);
    const { handle, given, asked } = routeRequests();
    const [badSignature] = await handle(forged);
    const [badKey] = await handle(signRequest(request(SOA), stranger, NOW_MS).message);
    const [badTime] = await handle(late.message);
    const rcodes = [badSignature, badKey, badTime].map((reply) => readMessage(reply).rcode);
    expect(rcodes).toEqual([9, 9, 9]);
    expect([tsigError(badSignature), tsigError(badKey)]).toEqual([16, 17]);
    expect(() => late.verifier.verify(badTime, NOW_MS)).toThrow(
      expect.objectContaining({ code: 'TSIG_BADTIME' }),
    );
    expect(readMessage(badSignature).edns).toBeDefined();
    expect([given, asked]).toEqual([[], []]);
  });

  it('answers signed queries from the image, with room for the signature', async () => {
    const { handle, asked } = routeRequests();
    for (const [transport, edns512] of [
      ['udp', undefined],
      ['udp', { payloadSize: 4096 }],
      ['tcp', undefined],
    ] as const) {
      const query = request(SOA, edns512 && { edns: edns512 });
      const { message, verifier } = signed(query);
      const [reply] = await handle(message, transport);
      expect([...verifier.verify(reply, NOW_MS).subarray(3)]).toEqual([...query.subarray(3)]);
      expect(asked.at(-1)?.query).toEqual(query);
      const reserve = reply.length - query.length;
      const sizeMax = transport === 'tcp' ? 65_535 : edns512 === undefined ? 512 : 1232;
      expect(asked.at(-1)?.sizeMax).toBe(sizeMax - reserve);
    }
  });

  it('does not transfer over UDP what has to go over TCP, nor another class than IN', async () => {
    const { handle, given, asked } = routeRequests();
    expect(readMessage((await handle(signed(request(AXFR)).message, 'udp'))[0]).rcode).toBe(4);
    await handle(signed(request(AXFR, { qclass: 3 })).message);
    expect(given).toEqual([]);
    expect(asked).toHaveLength(1);
  });

  it('answers FORMERR, with the id, to what cannot be read, and nothing to what is a reply', async () => {
    const { handle, given } = routeRequests();
    const update = request(SOA, { opcode: UPDATE });
    for (const octets of [update.subarray(0, 14), Uint8Array.of(...update, 0)]) {
      const [reply] = await handle(octets);
      expect([...reply]).toEqual([0x12, 0x34, 0xa8, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    }
    const noZone = Uint8Array.from(update.subarray(0, 12));
    noZone[5] = 0;
    expect(readMessage((await handle(noZone))[0]).rcode).toBe(1);
    const twoZones = Uint8Array.of(...update, ...update.subarray(12));
    twoZones[5] = 2;
    const { message, verifier } = signed(twoZones);
    const [refused] = await handle(message);
    expect(verifier.verify(refused, NOW_MS)[3]).toBe(1);
    const reply = Uint8Array.from(update);
    reply[2] |= 0x80;
    expect(await handle(reply)).toEqual([]);
    expect(await handle(update.subarray(0, 11))).toEqual([]);
    expect(given).toEqual([]);
  });

  it('answers BADVERS to a later EDNS, NOTIMP to other opcodes, FORMERR to a broken cookie', async () => {
    const { handle, given } = routeRequests(undefined, {
      serverOptions: { reply: () => undefined },
    });
    const later = { edns: { payloadSize: 1232, version: 1 }, opcode: NOTIFY };
    expect(readMessage((await handle(request(SOA, later)))[0]).rcode).toBe(16);
    expect(readMessage((await handle(request(SOA, { opcode: 2 })))[0]).rcode).toBe(4);
    expect(readMessage((await handle(request(SOA, { edns, opcode: UPDATE })))[0]).rcode).toBe(1);
    expect(given).toEqual([]);
  });

  it('answers SERVFAIL for a part that fails, in the middle of a reply too, but one datagram', async () => {
    const { handle } = routeRequests(async (replies, { message, transport }) => {
      if (message.opcode === NOTIFY) throw new Error('before');
      await replies.sendStatus({ rcode: 0 });
      throw new Error(`in the middle of ${transport}`);
    });
    const rcodes = async (bytes: Uint8Array, transport: 'udp' | 'tcp') =>
      (await handle(bytes, transport)).map((reply) => reply[3] & 15);
    expect(await rcodes(request(SOA, { opcode: NOTIFY }), 'udp')).toEqual([2]);
    expect(await rcodes(request(AXFR), 'tcp')).toEqual([0, 2]);
    expect(await rcodes(request(IXFR), 'udp')).toEqual([0]);
  });
});
