// RFC 9660: which version of a zone it was that answered.
import { describe, expect, it } from 'vitest';
import { type Reply } from '../../kit/dns-reply.ts';
import { useServer } from '../../kit/network-server.ts';

const ZONEVERSION = 19;

function asking(data = new Uint8Array()) {
  return { edns: { payloadSize: 1232, options: [{ code: ZONEVERSION, data }] } };
}

/** LABELCOUNT, TYPE and VERSION of each, as hexadecimal digits. */
function versionsOf({ edns }: Reply): string[] {
  return (edns?.options ?? [])
    .filter(({ code }) => code === ZONEVERSION)
    .map(({ data }) => Buffer.from(data).toString('hex'));
}

const server = useServer({
  zones: {
    'example.test.': `$TTL 3600
@ SOA ns hostmaster 2026112201 7200 1800 1209600 300
@ NS ns
ns A 192.0.2.1
*.wild TXT any
alias CNAME www.other.test.
sub NS ns.sub
ns.sub A 192.0.2.2
`,
    'other.test.':
      '@ 3600 SOA ns hostmaster 7 7200 1800 1209600 300\n@ NS ns\nwww A 192.0.2.3\nns A 192.0.2.4\n',
    'child.example.test.':
      '@ 3600 SOA ns hostmaster 4294967295 7200 1800 1209600 300\n@ NS ns\nns A 192.0.2.5\n',
  },
});

/** Two labels, SOA-SERIAL, 2026112201. */
const EXAMPLE = '020078c404c9';

describe('RFC 9660 section 2, the option of a reply', () => {
  it('has the labels of the zone without the root’s, type SOA-SERIAL, and the serial', async () => {
    expect(versionsOf(await server.ask('example.test.', 'SOA', asking()))).toEqual([EXAMPLE]);
    const deeper = await server.ask('www.child.example.test.', 'A', asking());
    expect(versionsOf(deeper)).toEqual(['0300ffffffff']);
  });
});

describe('RFC 9660 section 3.2, responders', () => {
  it.each([
    ['an answer', 'ns.example.test.', 'A', 0],
    ['an answer of a wildcard', 'x.wild.example.test.', 'TXT', 0],
    ['an answer without data', 'ns.example.test.', 'MX', 0],
    ['a name error', 'missing.example.test.', 'A', 3],
    ['a referral, whose zone is the one that refers', 'www.sub.example.test.', 'A', 0],
    ['an alias into another zone, of the zone that was asked', 'alias.example.test.', 'A', 0],
    ['DS at a zone cut, of the parent', 'sub.example.test.', 'DS', 0],
  ])('say it with %s', async (_, name, type, rcode) => {
    const reply = await server.ask(name, type, asking());
    expect(reply.rcode).toBe(rcode);
    expect(versionsOf(reply)).toEqual([EXAMPLE]);
  });

  it('say it over TCP too', async () => {
    const reply = await server.ask('example.test.', 'SOA', { transport: 'tcp', ...asking() });
    expect(versionsOf(reply)).toEqual([EXAMPLE]);
  });

  it('do not say it of what they are not authoritative for', async () => {
    const reply = await server.ask('elsewhere.invalid.', 'A', asking());
    expect(reply.rcode).toBe(5);
    expect(versionsOf(reply)).toEqual([]);
  });

  it('do not say it unasked', async () => {
    const reply = await server.ask('example.test.', 'SOA', { edns: { payloadSize: 1232 } });
    expect(reply.edns?.options).toEqual([]);
  });

  it('pass over what a query says in the option', async () => {
    const filled = asking(Uint8Array.of(9, 0, 1, 2, 3, 4));
    expect(versionsOf(await server.ask('example.test.', 'SOA', filled))).toEqual([EXAMPLE]);
  });

  it('say it once, however often they are asked', async () => {
    const option = { code: ZONEVERSION, data: new Uint8Array() };
    const edns = { payloadSize: 1232, options: [option, option] };
    expect(versionsOf(await server.ask('example.test.', 'SOA', { edns }))).toEqual([EXAMPLE]);
  });
});
