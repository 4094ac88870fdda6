// RFC 8020: NXDOMAIN says that there is nothing below either, so it may not be said of a name that
// has something below it.
import { describe, expect, it } from 'vitest';
import { useServer } from '../../kit/network-server.ts';

const NXDOMAIN = 3;
const server = useServer({
  zones: {
    'example.test.': `$TTL 3600
@ SOA ns hostmaster 1 7200 1800 1209600 300
@ NS ns
ns A 192.0.2.1
a.b.c A 192.0.2.2
*.d.e TXT "below empty names"
x.y NS ns
`,
  },
});

describe('RFC 8020 section 2', () => {
  it.each(['c', 'b.c', 'e', 'd.e', 'y'])('%s has something below it: no data', async (name) => {
    const reply = await server.ask(`${name}.example.test.`, 'A');
    expect([reply.rcode, reply.answer]).toEqual([0, []]);
    expect(reply.authority).toEqual([expect.stringMatching(/^example\.test\. 300 SOA/)]);
  });

  it.each(['z', 'a.z', 'x.a.b.c', 'b.b.c', 'ns.ns'])('%s has not: NXDOMAIN', async (name) => {
    const reply = await server.ask(`${name}.example.test.`, 'A');
    expect([reply.rcode, reply.answer]).toEqual([NXDOMAIN, []]);
  });

  it('what is said of a name does not change with the type', async () => {
    for (const type of ['A', 'TXT', 'ANY', 'DS', 65_280]) {
      expect((await server.ask('c.example.test.', type)).rcode).toBe(0);
      expect((await server.ask('z.example.test.', type)).rcode).toBe(NXDOMAIN);
    }
  });
});
