// RFC 9619: a query has one question, or none for a cookie; more are a format error.
import { describe, expect, it } from 'vitest';
import { nameOctets, type QueryFields, writeQuery } from '../../kit/dns-query.ts';
import { type Reply, readReply } from '../../kit/dns-reply.ts';
import { useServer } from '../../kit/network-server.ts';

const FORMERR = 1;
const EDNS = { payloadSize: 1232 };
const NAME = 'www.example.test.';
const QUESTION_SIZE = nameOctets(NAME).length + 4;

const server = useServer({
  zones: {
    'example.test.': '@ 3600 SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\nwww A 192.0.2.2\n',
  },
});

/** A query whose question stands there so many times. */
async function ask(count: number, fields: Partial<QueryFields> = {}): Promise<Reply> {
  const query = writeQuery({ id: 7, name: NAME, type: 1, ...fields });
  const question = query.subarray(12, 12 + QUESTION_SIZE);
  const questions = Array.from({ length: count }, () => question);
  const rest = query.subarray(12 + QUESTION_SIZE);
  const octets = Buffer.concat([query.subarray(0, 12), ...questions, rest]);
  octets[5] = count;
  return readReply((await server.send(octets)) ?? new Uint8Array());
}

describe('RFC 9619 section 4, QDCOUNT of a query', () => {
  it('of 1 is answered', async () => {
    expect(await ask(1)).toMatchObject({ rcode: 0, answer: [expect.stringMatching(/^www/)] });
  });

  it.each([2, 3, 100])('of %d is a format error, with no answer to any', async (count) => {
    for (const fields of [{}, { edns: EDNS }]) {
      expect(await ask(count, fields)).toMatchObject({ rcode: FORMERR, answer: [], authority: [] });
    }
  });

  it('of 0 is a format error, with OPT where the query has it', async () => {
    expect((await ask(0)).rcode).toBe(FORMERR);
    const reply = await ask(0, { edns: EDNS });
    expect(reply).toMatchObject({ rcode: FORMERR, edns: { version: 0, options: [] } });
  });

  it('of 0 is answered where it asks for a cookie alone (RFC 7873 section 5.4)', async () => {
    const cookie = { code: 10, data: new Uint8Array(8) };
    const reply = await ask(0, { edns: { ...EDNS, options: [cookie] } });
    expect(reply.rcode).toBe(0);
    expect(reply.edns?.options.map(({ code }) => code)).toEqual([10]);
  });
});
