// RFC 6672: DNAME and the CNAME that is made from it.
import { describe, expect, it } from 'vitest';
import { useServer } from '../../kit/network-server.ts';

const LONG = ['a', 'b', 'c'].map((letter) => letter.repeat(60)).join('.');

const server = useServer({
  zones: {
    'frobozz.example.': `$TTL 3600
@ SOA ns.elsewhere.invalid. hostmaster.elsewhere.invalid. 1 7200 1800 1209600 300
@ NS ns.elsewhere.invalid.
@ DNAME frobozz-division.acme.example.
@ TXT "the apex keeps its data"
`,
    'frobozz-division.acme.example.': `$TTL 600
@ SOA ns hostmaster 1 7200 1800 1209600 300
@ NS ns
ns A 192.0.2.1
www A 192.0.2.2
`,
    'long.test.': `$TTL 3600
@ SOA ns.elsewhere.invalid. hostmaster 1 7200 1800 1209600 300
@ NS ns.elsewhere.invalid.
d DNAME ${LONG}
below DNAME x.below
`,
  },
});

const DNAME = 'frobozz.example. 3600 DNAME frobozz-division.acme.example.';

describe('RFC 6672 section 2, the redirection', () => {
  it('is for names below the owner, with a CNAME of the same TTL (section 3.1)', async () => {
    const { answer } = await server.ask('www.frobozz.example.', 'A');
    expect(answer.slice(0, 2)).toEqual([
      DNAME,
      'www.frobozz.example. 3600 CNAME www.frobozz-division.acme.example.',
    ]);
  });

  it('is not for the owner itself', async () => {
    const reply = await server.ask('frobozz.example.', 'TXT');
    expect(reply.answer).toEqual(['frobozz.example. 3600 TXT "the apex keeps its data"']);
    expect((await server.ask('frobozz.example.', 'DNAME')).answer).toEqual([DNAME]);
  });

  it('answers a question for the CNAME with the one that is made', async () => {
    const reply = await server.ask('www.frobozz.example.', 'CNAME');
    expect(reply.answer).toEqual([
      DNAME,
      'www.frobozz.example. 3600 CNAME www.frobozz-division.acme.example.',
    ]);
  });

  it('is YXDOMAIN where the name would exceed 255 octets (section 2.2)', async () => {
    const reply = await server.ask(`${'x'.repeat(63)}.d.long.test.`, 'A');
    expect(reply.rcode).toBe(6);
    expect(reply.answer).toEqual([`d.long.test. 3600 DNAME ${LONG}.long.test.`]);
  });

  it('writes a long target once: the CNAME points into the DNAME', async () => {
    const reply = await server.ask('x.d.long.test.', 'A');
    expect(reply.answer[1]).toBe(`x.d.long.test. 3600 CNAME x.${LONG}.long.test.`);
    expect(reply.sizeBytes).toBeLessThan(2 * LONG.length);
  });

  it('ends where a DNAME leads below itself', async () => {
    const reply = await server.ask('y.below.long.test.', 'A');
    expect(reply.rcode).toBe(0);
    expect(reply.flags).toEqual(['qr', 'aa']);
    expect(reply.answer.slice(0, 2)).toEqual([
      'below.long.test. 3600 DNAME x.below.long.test.',
      'y.below.long.test. 3600 CNAME y.x.below.long.test.',
    ]);
  });
});
