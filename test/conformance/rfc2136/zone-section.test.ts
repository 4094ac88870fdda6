// RFC 2136 sections 3.1 and 3.8: the zone section, and what a reply looks like.
import { describe, expect, it } from 'vitest';
import { useUpdates } from '../../kit/update-exchange.ts';

const server = useUpdates({
  zones: { 'example.test.': '$TTL 60\n@ SOA ns host 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n' },
});
const add = 'add new.example.test. 60 A 192.0.2.2';

describe('RFC 2136 section 3.1: the zone section', () => {
  it('names a zone of the server, in any case', async () => {
    const { rcode } = await server.update({ zone: 'EXAMPLE.Test.', updates: [add] });
    expect(rcode).toBe('NOERROR');
  });

  it.each([
    ['a zone that is not there', 'other.test.', 'NOTAUTH'],
    ['the parent of a zone', 'test.', 'NOTAUTH'],
    ['a name in a zone', 'ns.example.test.', 'NOTAUTH'],
    ['the root', '.', 'NOTAUTH'],
  ])('with %s is answered %3$s', async (_what, zone, rcode) => {
    expect((await server.update({ zone, updates: [] })).rcode).toBe(rcode);
  });

  it.each([1, 2, 252, 255])('of type %i is a format error', async (zoneType) => {
    const { rcode } = await server.update({ zone: 'example.test.', zoneType, updates: [add] });
    expect(rcode).toBe('FORMERR');
  });

  it('of another class is of no zone of ours', async () => {
    const { rcode } = await server.update({ zone: 'example.test.', zoneClass: 3 });
    expect(rcode).toBe('NOTAUTH');
  });

  it('must be there, and once', async () => {
    const whole = server.write({ zone: 'example.test.' });
    const none = whole.slice(0, 12);
    none[5] = 0;
    expect((await server.send(none)).rcode).toBe('FORMERR');
    const twice = Uint8Array.from([...whole, ...whole.subarray(12)]);
    twice[5] = 2;
    expect((await server.send(twice)).rcode).toBe('FORMERR');
  });
});

describe('RFC 2136 section 3.8: the reply', () => {
  it.each(['udp', 'tcp'] as const)(
    'has id, opcode and zone, and no record, over %s',
    async (transport) => {
      const { reply, request } = await server.update(
        { zone: 'example.test.', updates: [add] },
        transport,
      );
      expect(reply).toMatchObject({
        id: (request[0] << 8) | request[1],
        flags: ['qr'],
        opcode: 5,
        answer: [],
        authority: [],
        additional: [],
        edns: undefined,
      });
      expect([...reply.question]).toEqual([...request.subarray(12, 12 + reply.question.length)]);
    },
  );

  it('is NOERROR for an update of nothing, and the serial stays', async () => {
    const before = await server.serial('example.test.');
    expect((await server.update({ zone: 'example.test.' })).rcode).toBe('NOERROR');
    expect(await server.serial('example.test.')).toBe(before);
  });
});
