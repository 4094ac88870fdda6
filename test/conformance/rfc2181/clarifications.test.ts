// RFC 2181: clarifications that an authoritative server's answers show.
import { describe, expect, it } from 'vitest';
import { useServer } from '../../kit/network-server.ts';

const server = useServer({
  zones: {
    'example.test.': `$TTL 3600
@ SOA ns hostmaster 1 7200 1800 1209600 300
@ NS ns
ns A 192.0.2.1
mixed 60 A 192.0.2.2
mixed 600 A 192.0.2.3
${Array.from({ length: 40 }, (_, index) => `many A 192.0.2.${index + 1}`).join('\n')}
mail MX 10 alias
alias CNAME ns
odd\\000\\032name TXT "any octets"
_under_score TXT "not a host name"
sub NS ns.sub
ns.sub A 192.0.2.9
ns.sub TXT "occluded"
`,
  },
});

describe('RFC 2181 section 5, RRsets', () => {
  it('have one TTL, the least of those in the file (5.2)', async () => {
    const { answer } = await server.ask('mixed.example.test.', 'A');
    expect(answer).toHaveLength(2);
    expect(new Set(answer.map((record) => record.split(' ')[1]))).toEqual(new Set(['60']));
  });

  it('are sent whole or not at all, and then with TC (5.1, 9)', async () => {
    const udp = await server.ask('many.example.test.', 'A');
    expect([udp.answer.length, udp.flags.includes('tc')]).toEqual([0, true]);
    const tcp = await server.ask('many.example.test.', 'A', { transport: 'tcp' });
    expect([tcp.answer.length, tcp.flags.includes('tc')]).toEqual([40, false]);
  });
});

describe('RFC 2181 section 6.1, zone authority', () => {
  it('ends at a cut: what is below is glue and not an answer', async () => {
    for (const type of ['A', 'TXT']) {
      const reply = await server.ask('ns.sub.example.test.', type);
      expect(reply.answer).toEqual([]);
      expect(reply.flags).not.toContain('aa');
      expect(reply.authority).toEqual(['sub.example.test. 3600 NS ns.sub.example.test.']);
    }
  });
});

describe('RFC 2181 section 10, CNAME and what points to it', () => {
  it('an MX that names an alias is answered as it is, without addresses (10.3)', async () => {
    const reply = await server.ask('mail.example.test.', 'MX');
    expect(reply.answer).toEqual(['mail.example.test. 3600 MX 10 alias.example.test.']);
    expect(reply.additional).toEqual([]);
  });
});

describe('RFC 2181 section 11, names', () => {
  it.each(['odd\\000\\032name', '_under_score'])('may have any octets: %s', async (label) => {
    const reply = await server.ask(`${label}.example.test.`, 'TXT');
    expect(reply.answer).toHaveLength(1);
  });
});
