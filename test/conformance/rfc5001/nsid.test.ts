// RFC 5001: which server was it that answered.
import { describe, expect, it } from 'vitest';
import { useServer } from '../../kit/network-server.ts';

const ZONE = `$TTL 3600
@ SOA ns hostmaster 1 7200 1800 1209600 300
@ NS ns
ns A 192.0.2.1
`;
const NSID = 3;
const ASKING = { payloadSize: 1232, options: [{ code: NSID, data: new Uint8Array() }] };

describe('RFC 5001 section 2.1, a server with an identity', () => {
  const server = useServer({ zones: { 'example.test.': ZONE }, identity: 'ns1.example.' });

  it('says it to clients that ask', async () => {
    const reply = await server.ask('example.test.', 'SOA', { edns: ASKING });
    expect(reply.answer).toHaveLength(1);
    expect(reply.edns?.options).toEqual([{ code: NSID, data: Buffer.from('ns1.example.') }]);
  });

  it('says it with errors too', async () => {
    const reply = await server.ask('elsewhere.invalid.', 'SOA', { edns: ASKING });
    expect(reply.edns?.options).toContainEqual({ code: NSID, data: Buffer.from('ns1.example.') });
  });

  it('does not say it to clients that did not ask', async () => {
    const reply = await server.ask('example.test.', 'SOA', { edns: { payloadSize: 1232 } });
    expect(reply.edns?.options).toEqual([]);
  });
});

describe('RFC 5001 section 2.1, a server without one', () => {
  const server = useServer({ zones: { 'example.test.': ZONE } });

  it('passes over the question', async () => {
    const reply = await server.ask('example.test.', 'SOA', { edns: ASKING });
    expect(reply.answer).toHaveLength(1);
    expect(reply.edns?.options).toEqual([]);
  });
});
