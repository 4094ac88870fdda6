// RFC 6604: the rcode and AA of an answer that goes over CNAMEs and DNAMEs.
import { describe, expect, it } from 'vitest';
import { useServer } from '../../kit/network-server.ts';

const server = useServer({
  zones: {
    'example.test.': `$TTL 3600
@ SOA ns hostmaster 1 7200 1800 1209600 300
@ NS ns
ns A 192.0.2.1
found CNAME ns
empty CNAME @
missing CNAME nothing
far CNAME missing
moved DNAME gone
outside CNAME www.elsewhere.invalid.
below CNAME www.sub
sub NS ns.sub
ns.sub A 192.0.2.2
`,
  },
});

describe('RFC 6604 section 3, the rcode is that of the last name', () => {
  it.each([
    ['found', 0, 1],
    ['empty', 0, 1],
    ['missing', 3, 1],
    ['far', 3, 2],
    ['x.moved', 3, 2],
    ['outside', 0, 1],
    ['below', 0, 1],
  ])('%s: %i', async (name, rcode, aliases) => {
    const reply = await server.ask(`${name}.example.test.`, 'A');
    const links = reply.answer.filter((record) => / (?:CNAME|DNAME) /.test(record));
    expect([reply.rcode, links.length]).toEqual([rcode, aliases]);
  });

  it('and its SOA says for how long, where it does not exist', async () => {
    const reply = await server.ask('far.example.test.', 'A');
    expect(reply.authority).toEqual([expect.stringMatching(/^example\.test\. 300 SOA/)]);
  });
});

describe('RFC 6604 section 2.1, AA is that of the first name', () => {
  it.each(['found', 'missing', 'outside', 'below'])('%s', async (name) => {
    expect((await server.ask(`${name}.example.test.`, 'A')).flags).toContain('aa');
  });
});
