// RFC 5936: AXFR. The reader here is the test's own.
import { describe, expect, it, vi } from 'vitest';
import { writeQuery } from '../../kit/dns-query.ts';
import { readReply } from '../../kit/dns-reply.ts';
import { useServer } from '../../kit/network-server.ts';
import { buildFrame, openStreamClient } from '../../kit/stream-client.ts';

const AXFR = 252;
const FORMERR = 1;
const REFUSED = 5;
const NOTAUTH = 9;
const LARGE = Array.from({ length: 600 }, (_, host) => `h${host} TXT "${'x'.repeat(100)}"`);

const server = useServer({
  zones: {
    'example.test.': `$TTL 3600
@ SOA ns hostmaster 1 7200 1800 1209600 300
@ NS ns
ns A 192.0.2.1
sub NS ns.sub
ns.sub A 192.0.2.2
below.sub TXT "occluded"
*.wild TXT "any"
a.b.c A 192.0.2.3
mixed MX 5 MiXeD
`,
    'large.test.': `$TTL 60\n@ SOA ns.example.test. h 1 2 3 4 5\n@ NS ns.example.test.\n${LARGE.join('\n')}\n`,
  },
  keys: ['transfer: { allow: ["127.0.0.1"] }'],
});

/** The messages of a transfer: those up to the second SOA. */
async function transfer(name: string, from = '127.0.0.1') {
  const client = await openStreamClient(server.port, '127.0.0.1', from);
  client.write(buildFrame(writeQuery({ id: 7, name, type: AXFR })));
  return vi.waitFor(() => {
    const replies = client.frames.map((frame) => readReply(frame));
    const soas = replies.flatMap(({ answer }) => answer).filter((line) => line.includes(' SOA '));
    if (soas.length < 2) throw new Error('not whole yet');
    return replies;
  });
}

describe('RFC 5936 section 2.2, a transfer', () => {
  it('begins and ends with the SOA and has every other record once', async () => {
    const [{ answer }] = await transfer('example.test.');
    const soa =
      'example.test. 3600 SOA ns.example.test. hostmaster.example.test. 1 7200 1800 1209600 300';
    expect(answer.at(0)).toBe(soa);
    expect(answer.at(-1)).toBe(soa);
    expect(answer.slice(1, -1).toSorted()).toEqual([
      '*.wild.example.test. 3600 TXT "any"',
      'a.b.c.example.test. 3600 A 192.0.2.3',
      'below.sub.example.test. 3600 TXT "occluded"',
      'example.test. 3600 NS ns.example.test.',
      'mixed.example.test. 3600 MX 5 MiXeD.example.test.',
      'ns.example.test. 3600 A 192.0.2.1',
      'ns.sub.example.test. 3600 A 192.0.2.2',
      'sub.example.test. 3600 NS ns.sub.example.test.',
    ]);
  });

  it('of many messages has one id, and the question in the first at least', async () => {
    const replies = await transfer('large.test.');
    expect(replies.length).toBeGreaterThan(1);
    expect(replies.map(({ id }) => id)).toEqual(replies.map(() => 7));
    expect(replies[0].question.length).toBeGreaterThan(0);
    for (const { flags, rcode, authority, additional } of replies) {
      expect({ flags, rcode, authority, additional }).toEqual({
        flags: ['qr', 'aa'],
        rcode: 0,
        authority: [],
        additional: [],
      });
    }
    expect(replies.flatMap(({ answer }) => answer)).toHaveLength(LARGE.length + 3);
  });

  it('has names in the case of the zone, whatever that of the question (section 3.4)', async () => {
    const [{ answer, question }] = await transfer('eXample.TEST.');
    expect(Buffer.from(question).toString('latin1')).toContain('eXample');
    expect(answer).toEqual((await transfer('example.test.'))[0].answer);
    expect(answer).toContain('mixed.example.test. 3600 MX 5 MiXeD.example.test.');
  });
});

describe('RFC 5936 section 2.2.1, what is no zone of the server', () => {
  it.each(['www.example.test.', 'test.', 'example.org.'])('is NOTAUTH: %s', async (name) => {
    const { rcode, answer } = await server.ask(name, AXFR, { transport: 'tcp' });
    expect({ rcode, answer }).toEqual({ rcode: NOTAUTH, answer: [] });
  });
});

describe('RFC 5936 section 2.2.5, the OPT record', () => {
  it('is in a reply whose question had one, and in no other', async () => {
    const asked = { transport: 'tcp', edns: { payloadSize: 1232 } } as const;
    expect((await server.ask('example.test.', AXFR, asked)).edns).toBeDefined();
    expect((await server.ask('example.test.', AXFR, { transport: 'tcp' })).edns).toBeUndefined();
  });
});

describe('RFC 5936 section 4, transport', () => {
  it('is TCP: over UDP there is no transfer', async () => {
    const { rcode, answer } = await server.ask('example.test.', AXFR);
    expect(rcode).not.toBe(0);
    expect(answer).toEqual([]);
  });

  it('goes on with other questions on the same connection', async () => {
    const client = await openStreamClient(server.port);
    client.write(buildFrame(writeQuery({ id: 1, name: 'example.test.', type: AXFR })));
    client.write(buildFrame(writeQuery({ id: 2, name: 'ns.example.test.', type: 1 })));
    client.write(buildFrame(writeQuery({ id: 3, name: 'example.test.', type: AXFR })));
    await vi.waitFor(() => expect(client.frames).toHaveLength(3));
    const ids = client.frames.map((frame) => readReply(frame).id);
    expect(new Set(ids)).toEqual(new Set([1, 2, 3]));
  });
});

describe('RFC 5936 section 5, authorization', () => {
  it('is refused to who is not on the list, with the reason', async () => {
    const client = await openStreamClient(server.port, '127.0.0.1', '127.0.0.9');
    const edns = { payloadSize: 1232 };
    client.write(buildFrame(writeQuery({ id: 7, name: 'example.test.', type: AXFR, edns })));
    await vi.waitFor(() => expect(client.frames).toHaveLength(1));
    const reply = readReply(client.frames[0]);
    expect(reply).toMatchObject({ rcode: REFUSED, answer: [] });
    const [error] = reply.edns?.options ?? [];
    expect(error).toMatchObject({ code: 15 });
    expect([...error.data.subarray(0, 2)]).toEqual([0, 18]);
  });
});

describe('RFC 5936 section 2.1, a question with more in it', () => {
  it('is malformed', async () => {
    const client = await openStreamClient(server.port);
    const query = writeQuery({ id: 7, name: 'example.test.', type: AXFR });
    query[7] = 1;
    const record = Uint8Array.of(0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 192, 0, 2, 1);
    client.write(buildFrame(Uint8Array.of(...query, ...record)));
    await vi.waitFor(() => expect(client.frames).toHaveLength(1));
    expect(readReply(client.frames[0]).rcode).toBe(FORMERR);
  });
});
