// RFC 7828: over streams a client that asks is told for how long its connection is kept idle.
import { describe, expect, it } from 'vitest';
import type { EdnsFields } from '../../kit/dns-query.ts';
import type { Reply } from '../../kit/dns-reply.ts';
import { useServer } from '../../kit/network-server.ts';

const KEEPALIVE = 11;
const server = useServer({
  zones: { 'example.test.': '@ 3600 SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n' },
});

function asking(data = new Uint8Array()): EdnsFields {
  return { payloadSize: 1232, options: [{ code: KEEPALIVE, data }] };
}

function told({ edns }: Reply): string[] {
  const options = edns?.options.filter(({ code }) => code === KEEPALIVE) ?? [];
  return options.map(({ data }) => Buffer.from(data).toString('hex'));
}

describe('RFC 7828 section 3.3, servers', () => {
  it('say it over TCP, in units of 100 ms', async () => {
    const reply = await server.ask('example.test.', 'SOA', { transport: 'tcp', edns: asking() });
    expect(told(reply)).toEqual(['0064']);
  });

  it('say it with errors too', async () => {
    const asked = { transport: 'tcp', edns: asking() } as const;
    const reply = await server.ask('elsewhere.invalid.', 'SOA', asked);
    expect([reply.rcode, told(reply)]).toEqual([5, ['0064']]);
  });

  it('do not say it unasked', async () => {
    const edns = { payloadSize: 1232 };
    expect(told(await server.ask('example.test.', 'SOA', { transport: 'tcp', edns }))).toEqual([]);
  });

  it('do not say it over UDP (3.2.1)', async () => {
    const reply = await server.ask('example.test.', 'SOA', { edns: asking() });
    expect([reply.answer.length, told(reply)]).toEqual([1, []]);
  });
});
