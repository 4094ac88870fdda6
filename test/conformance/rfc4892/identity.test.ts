// RFC 4892: which server it is, asked in class CHAOS; said where the operator wants it.
import { describe, expect, it } from 'vitest';
import { useServer } from '../../kit/network-server.ts';

const CHAOS = 3;
const REFUSED = 5;
const TXT = 16;
const ZONE = { 'example.test.': '@ 3600 SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n' };

describe('RFC 4892 section 3, a server that says who it is', () => {
  const server = useServer({
    zones: ZONE,
    keys: ['chaos: { version: "1.0", identity: ns1.example }'],
  });

  it.each([
    ['id.server.', 'ns1.example'],
    ['HOSTNAME.bind.', 'ns1.example'],
    ['version.bind.', '1.0'],
    ['version.server.', '1.0'],
  ])('says at %s: %s', async (name, text) => {
    const { rcode, answer } = await server.ask(name, TXT, { qclass: CHAOS });
    expect([rcode, answer]).toEqual([0, [`${name} 0 TXT "${text}"`]]);
  });

  it('says nothing of other names, nor in class IN', async () => {
    expect((await server.ask('authors.bind.', TXT, { qclass: CHAOS })).rcode).toBe(REFUSED);
    expect((await server.ask('id.server.', TXT)).rcode).toBe(REFUSED);
  });
});

describe('RFC 4892 section 3, a server that does not', () => {
  const server = useServer({ zones: ZONE });

  it.each(['id.server.', 'version.bind.'])('refuses %s', async (name) => {
    const { rcode, answer } = await server.ask(name, TXT, { qclass: CHAOS });
    expect([rcode, answer]).toEqual([REFUSED, []]);
  });
});
