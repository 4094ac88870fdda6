// RFC 7873: DNS cookies, as RFC 9018 makes them. Several servers know these; what is asked here is
// what section 5.2 wants of all.
import { describe, expect, it } from 'vitest';
import { writeQuery } from '../../kit/dns-query.ts';
import { readReply } from '../../kit/dns-reply.ts';
import { useServer } from '../../kit/network-server.ts';

const server = useServer({
  zones: {
    'example.test.': '$TTL 3600\n@ SOA ns hostmaster 1 2 3 4 300\n@ NS ns\nns A 192.0.2.1\n',
  },
});
const COOKIE = 10;
const CLIENT = Uint8Array.of(0xa1, 2, 3, 4, 5, 6, 7, 8);

async function ask(data: Uint8Array, transport: 'udp' | 'tcp' = 'udp') {
  const edns = { payloadSize: 1232, options: [{ code: COOKIE, data }] };
  const reply = await server.ask('example.test.', 'SOA', { edns, transport });
  const cookie = reply.edns?.options.find(({ code }) => code === COOKIE)?.data;
  return { ...reply, cookie: cookie ?? new Uint8Array() };
}

async function askWithoutQuestion(data: Uint8Array) {
  const edns = { payloadSize: 1232, options: [{ code: COOKIE, data }] };
  const whole = writeQuery({ id: 0x1111, name: '.', type: 1, edns });
  const query = Uint8Array.from([...whole.subarray(0, 12), ...whole.subarray(17)]);
  query[5] = 0;
  return readReply((await server.send(query)) ?? new Uint8Array());
}

describe('RFC 7873 section 5.2', () => {
  it('gives a server cookie to a client that has none, and the answer (5.2.3)', async () => {
    const { cookie, answer, rcode } = await ask(CLIENT);
    expect([rcode, answer.length]).toEqual([0, 1]);
    expect([...cookie.subarray(0, 8)]).toEqual([...CLIENT]);
    expect([cookie.length, cookie[8]]).toEqual([24, 1]);
  });

  it('takes it back and confirms it, over TCP too (5.2.5)', async () => {
    const { cookie } = await ask(CLIENT);
    expect([...(await ask(cookie)).cookie]).toEqual([...cookie]);
    expect([...(await ask(cookie, 'tcp')).cookie]).toEqual([...cookie]);
  });

  it('gives another for a wrong one (5.2.4)', async () => {
    const wrong = (await ask(CLIENT)).cookie.slice();
    wrong[23] ^= 0xff;
    const { cookie, answer } = await ask(wrong);
    expect(answer).toHaveLength(1);
    expect([...cookie]).not.toEqual([...wrong]);
    expect([...(await ask(cookie)).cookie]).toEqual([...cookie]);
  });

  it.each([1, 7, 9, 15, 41])('finds one of %i octets a format error (5.2.2)', async (size) => {
    const { rcode, answer } = await ask(new Uint8Array(size).fill(1));
    expect([rcode, answer]).toEqual([1, []]);
  });

  it('sends none to who sent none (5.2.1)', async () => {
    const reply = await server.ask('example.test.', 'SOA', { edns: { payloadSize: 1232 } });
    expect(reply.edns?.options).toEqual([]);
  });
});

describe('RFC 7873 section 5.4', () => {
  it('gives and checks cookies without a question', async () => {
    const first = await askWithoutQuestion(CLIENT);
    expect(first).toMatchObject({ rcode: 0, answer: [] });
    const cookie = first.edns?.options[0].data.slice() ?? new Uint8Array();
    expect(cookie).toHaveLength(24);
    expect((await askWithoutQuestion(cookie)).rcode).toBe(0);
    cookie[20] ^= 1;
    expect((await askWithoutQuestion(cookie)).rcode).toBe(23);
  });
});
