// RFC 9471: a referral has all the glue without which it cannot be followed, or TC.
import { describe, expect, it } from 'vitest';
import { useServer } from '../../kit/network-server.ts';

const SERVERS = Array.from({ length: 9 }, (_, index) => `name-server-with-a-long-name-${index}`);

const server = useServer({
  zones: {
    'test.': `$TTL 3600
@ SOA ns.elsewhere.invalid. hostmaster.elsewhere.invalid. 1 7200 1800 1209600 300
@ NS ns.elsewhere.invalid.
foo NS ns1.foo
foo NS ns2.foo
ns1.foo A 192.0.2.1
ns2.foo AAAA 2001:db8::2
bar NS ns1.foo
bar NS ns2.foo
${SERVERS.map((name) => `wide NS ${name}.wide\n${name}.wide AAAA 2001:db8::3`).join('\n')}
${SERVERS.map((name) => `sibling NS ${name}.wide`).join('\n')}
`,
  },
});

describe('RFC 9471 section 3.1, in-domain glue', () => {
  it('goes with the referral', async () => {
    const reply = await server.ask('www.foo.test.', 'A');
    expect(reply.additional.toSorted()).toEqual([
      'ns1.foo.test. 3600 A 192.0.2.1',
      'ns2.foo.test. 3600 AAAA 2001:db8::2',
    ]);
  });

  it('sets TC where it does not fit', async () => {
    expect((await server.ask('www.wide.test.', 'A')).flags).toEqual(['qr', 'tc']);
  });

  it('is whole over TCP', async () => {
    const reply = await server.ask('www.wide.test.', 'A', { transport: 'tcp' });
    expect(reply.flags).toEqual(['qr']);
    expect(reply.additional).toHaveLength(SERVERS.length);
  });
});

describe('RFC 9471 section 3.2, sibling glue', () => {
  it('goes along where there is room', async () => {
    const reply = await server.ask('www.bar.test.', 'A');
    expect(reply.additional.toSorted()).toEqual([
      'ns1.foo.test. 3600 A 192.0.2.1',
      'ns2.foo.test. 3600 AAAA 2001:db8::2',
    ]);
  });

  it('sets no TC where it does not fit', async () => {
    expect((await server.ask('www.sibling.test.', 'A')).flags).toEqual(['qr']);
  });
});
