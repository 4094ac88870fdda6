// RFC 4592: wildcards, with the example zone of section 2.2.1 and the answers that it gives.
import { describe, expect, it } from 'vitest';
import { useServer } from '../../kit/network-server.ts';

const server = useServer({
  zones: {
    'example.': `$TTL 3600
example.                 SOA   ns.example.com. hostmaster.example.com. 1 7200 1800 1209600 300
example.                 NS    ns.example.com.
example.                 NS    ns.example.net.
*.example.               TXT   "this is a wildcard"
*.example.               MX    10 host1.example.
sub.*.example.           TXT   "this is not a wildcard"
host1.example.           A     192.0.2.1
_ssh._tcp.host1.example. SRV   0 0 22 host1.example.
_ssh._tcp.host2.example. SRV   0 0 22 host1.example.
subdel.example.          NS    ns.example.com.
subdel.example.          NS    ns.example.net.
`,
    'more.test.': `$TTL 3600
@ SOA ns.example.com. hostmaster.example.com. 1 7200 1800 1209600 300
@ NS ns.example.com.
*.alias CNAME target
target A 192.0.2.2
*.empty.deep TXT "makes empty.deep an empty non-terminal"
*.deep TXT "not for names below empty.deep"
`,
  },
});

const SOA = 'example. 300 SOA ns.example.com. hostmaster.example.com. 1 7200 1800 1209600 300';

describe('RFC 4592 section 2.2.1, synthesized', () => {
  it('answers MX of host3.example. from the wildcard', async () => {
    const reply = await server.ask('host3.example.', 'MX');
    expect(reply.answer).toEqual(['host3.example. 3600 MX 10 host1.example.']);
    expect(reply.flags).toEqual(['qr', 'aa']);
  });

  it('has no A for host3.example., and no name error either', async () => {
    const reply = await server.ask('host3.example.', 'A');
    expect(reply).toMatchObject({ rcode: 0, answer: [], authority: [SOA] });
  });

  it('answers TXT of foo.bar.example. across two labels', async () => {
    const reply = await server.ask('foo.bar.example.', 'TXT');
    expect(reply.answer).toEqual(['foo.bar.example. 3600 TXT "this is a wildcard"']);
  });
});

describe('RFC 4592 section 2.2.1, not synthesized', () => {
  it('has no MX for host1.example., which exists', async () => {
    const reply = await server.ask('host1.example.', 'MX');
    expect(reply).toMatchObject({ rcode: 0, answer: [], authority: [SOA] });
  });

  it('has no MX for sub.*.example., which exists', async () => {
    const reply = await server.ask('sub.*.example.', 'MX');
    expect(reply).toMatchObject({ rcode: 0, answer: [], authority: [SOA] });
  });

  it('has no name _telnet._tcp.host1.example.: its closest encloser has no wildcard', async () => {
    const reply = await server.ask('_telnet._tcp.host1.example.', 'SRV');
    expect(reply).toMatchObject({ rcode: 3, answer: [], authority: [SOA] });
  });

  it('refers host.subdel.example. to the delegation', async () => {
    const reply = await server.ask('host.subdel.example.', 'A');
    expect(reply).toMatchObject({ rcode: 0, flags: ['qr'], answer: [] });
    expect(reply.authority.toSorted()).toEqual([
      'subdel.example. 3600 NS ns.example.com.',
      'subdel.example. 3600 NS ns.example.net.',
    ]);
  });

  it('has no name ghost.*.example.: the wildcard itself is its closest encloser', async () => {
    const reply = await server.ask('ghost.*.example.', 'MX');
    expect(reply).toMatchObject({ rcode: 3, answer: [], authority: [SOA] });
  });
});

describe('RFC 4592 sections 2 and 4', () => {
  it('answers a question for the wildcard itself with its own records (section 2.3)', async () => {
    const reply = await server.ask('*.example.', 'TXT');
    expect(reply.answer).toEqual(['*.example. 3600 TXT "this is a wildcard"']);
  });

  it('gives an empty non-terminal no data, not a name error (section 2.2.2)', async () => {
    expect(await server.ask('_tcp.host2.example.', 'SRV')).toMatchObject({ rcode: 0, answer: [] });
    expect(await server.ask('empty.deep.more.test.', 'TXT')).toMatchObject({
      rcode: 0,
      answer: [],
    });
  });

  it('stops a wildcard at an empty non-terminal below it (section 3.3.1)', async () => {
    const reply = await server.ask('_http.host2.example.', 'TXT');
    expect(reply).toMatchObject({ rcode: 3, answer: [] });
  });

  it('follows a wildcard CNAME, owner as asked (section 4.4)', async () => {
    const reply = await server.ask('Any.alias.more.test.', 'A');
    expect(reply.answer).toEqual([
      'Any.alias.more.test. 3600 CNAME target.more.test.',
      'target.more.test. 3600 A 192.0.2.2',
    ]);
  });
});
