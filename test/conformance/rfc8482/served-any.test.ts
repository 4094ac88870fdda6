// RFC 8482: a small answer to ANY.
import { describe, expect, it } from 'vitest';
import { useServer } from '../../kit/network-server.ts';

const server = useServer({
  zones: {
    'example.test.': `$TTL 3600
@ SOA ns hostmaster 1 7200 1800 1209600 300
@ NS ns
@ MX 10 ns
@ TXT "one of several types"
ns A 192.0.2.1
ns AAAA 2001:db8::1
alias CNAME ns
*.wild A 192.0.2.2
*.wild TXT "wildcard"
`,
  },
});

const typeOf = (record: string): string => record.split(' ')[2] ?? '';

describe('RFC 8482 section 4.1', () => {
  it.each(['example.test.', 'ns.example.test.', 'x.wild.example.test.'])(
    'answers ANY of %s with one whole RRset of the name',
    async (name) => {
      for (const transport of ['udp', 'tcp'] as const) {
        const reply = await server.ask(name, 'ANY', { transport });
        expect(reply).toMatchObject({ rcode: 0, flags: ['qr', 'aa'] });
        expect(reply.answer.length).toBeGreaterThan(0);
        expect(new Set(reply.answer.map(typeOf)).size).toBe(1);
        const whole = await server.ask(name, typeOf(reply.answer[0] ?? ''));
        expect(reply.answer.toSorted()).toEqual(whole.answer.toSorted());
      }
    },
  );

  it('answers ANY at a CNAME with the CNAME, not followed', async () => {
    const reply = await server.ask('alias.example.test.', 'ANY');
    expect(reply.answer).toEqual(['alias.example.test. 3600 CNAME ns.example.test.']);
  });

  it('answers ANY of no name and of an empty name as any other type', async () => {
    expect((await server.ask('nothing.example.test.', 'ANY')).rcode).toBe(3);
    expect(await server.ask('wild.example.test.', 'ANY')).toMatchObject({ rcode: 0, answer: [] });
  });
});
