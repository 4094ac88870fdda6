// RFC 8914: extended errors over the network.
import { describe, expect, it } from 'vitest';
import { useServer } from '../../kit/network-server.ts';

const server = useServer({
  zones: {
    'example.test.': `$TTL 3600
@ SOA ns hostmaster 1 7200 1800 1209600 300
@ NS ns
ns A 192.0.2.1
`,
  },
});

const EXTENDED_ERROR = 15;

describe('RFC 8914 section 4.21, not authoritative', () => {
  it('goes with REFUSED for names outside our zones', async () => {
    const reply = await server.ask('elsewhere.invalid.', 'A', { edns: { payloadSize: 1232 } });
    expect(reply.rcode).toBe(5);
    expect(reply.edns?.options[0]).toEqual({ code: EXTENDED_ERROR, data: Buffer.of(0, 20) });
  });

  it('does not go to clients without EDNS', async () => {
    const reply = await server.ask('elsewhere.invalid.', 'A');
    expect(reply.rcode).toBe(5);
    expect(reply.edns).toBeUndefined();
  });

  it('does not go with answers', async () => {
    const reply = await server.ask('example.test.', 'SOA', { edns: { payloadSize: 1232 } });
    expect(reply.edns?.options).toEqual([]);
  });
});
