// RFC 6891: EDNS(0), with the probes of ISC's EDNS compliance tester.
import { describe, expect, it } from 'vitest';
import { writeQuery } from '../../kit/dns-query.ts';
import { readReply } from '../../kit/dns-reply.ts';
import { useServer } from '../../kit/network-server.ts';

const server = useServer({
  zones: {
    'example.test.': `$TTL 3600
@ SOA ns hostmaster 1 7200 1800 1209600 300
@ NS ns
ns A 192.0.2.1
${Array.from({ length: 60 }, (_, index) => `many A 192.0.2.${index + 1}`).join('\n')}
${Array.from({ length: 29 }, (_, index) => `fits A 192.0.2.${index + 1}`).join('\n')}
`,
  },
});

const SOA =
  'example.test. 3600 SOA ns.example.test. hostmaster.example.test. 1 7200 1800 1209600 300';
const UNKNOWN_OPTION = { code: 100, data: Uint8Array.of(1, 2, 3) };
const PLAIN_OPT = Uint8Array.of(0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0);

/** A query with these octets as its additional section. */
function withAdditional(count: number, ...records: Uint8Array[]): Uint8Array {
  const query = writeQuery({ id: 0xbeef, name: 'example.test.', type: 6 });
  query[11] = count;
  return Uint8Array.from([...query, ...records.flatMap((record) => [...record])]);
}

describe('RFC 6891 section 6.1.1, presence', () => {
  it('sends OPT to who sent one, with version 0 and no flags but DO', async () => {
    const reply = await server.ask('example.test.', 'SOA', { edns: { payloadSize: 4096 } });
    expect(reply).toMatchObject({ rcode: 0, answer: [SOA] });
    expect(reply.edns).toMatchObject({ version: 0, dnssecOk: false, flags: 0, options: [] });
    expect(reply.edns?.payloadSize).toBe(1232);
  });

  it('sends none to who sent none', async () => {
    expect((await server.ask('example.test.', 'SOA')).edns).toBeUndefined();
  });

  it('sends OPT with errors as well', async () => {
    const reply = await server.ask('elsewhere.invalid.', 'SOA', { edns: { payloadSize: 4096 } });
    expect(reply.rcode).toBe(5);
    expect(reply.edns).toBeDefined();
  });

  it('finds two OPT records a format error', async () => {
    const message = await server.send(withAdditional(2, PLAIN_OPT, PLAIN_OPT));
    expect(readReply(message ?? new Uint8Array()).rcode).toBe(1);
  });

  it('finds an OPT record that is not at the root a format error', async () => {
    const owned = Uint8Array.of(1, 0x78, ...PLAIN_OPT);
    const message = await server.send(withAdditional(1, owned));
    expect(readReply(message ?? new Uint8Array()).rcode).toBe(1);
  });
});

describe('RFC 6891 section 6.1.2, options', () => {
  it('passes over unknown ones and does not send them back', async () => {
    const edns = { payloadSize: 4096, options: [UNKNOWN_OPTION] };
    const reply = await server.ask('example.test.', 'SOA', { edns });
    expect(reply).toMatchObject({ rcode: 0, answer: [SOA] });
    expect(reply.edns?.options).toEqual([]);
  });

  it('finds an option longer than its OPT a format error', async () => {
    const torn = Uint8Array.of(0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 4, 0, 100, 0, 9);
    const message = await server.send(withAdditional(1, torn));
    expect(readReply(message ?? new Uint8Array()).rcode).toBe(1);
  });
});

describe('RFC 6891 section 6.1.3, version', () => {
  it('answers BADVERS with its own version to a later one, and no data', async () => {
    const reply = await server.ask('example.test.', 'SOA', {
      edns: { payloadSize: 4096, version: 1 },
    });
    expect(reply).toMatchObject({ rcode: 16, answer: [] });
    expect(reply.edns?.version).toBe(0);
  });

  it('does so whatever options and flags stand there', async () => {
    const edns = { payloadSize: 4096, version: 100, flags: 0x40, options: [UNKNOWN_OPTION] };
    const reply = await server.ask('example.test.', 'SOA', { edns });
    expect(reply.rcode).toBe(16);
    expect(reply.edns).toMatchObject({ version: 0, flags: 0, options: [] });
  });
});

describe('RFC 6891 section 6.1.3, version, whatever else is wrong', () => {
  it.each([
    ['an opcode that it does not know', { opcode: 15 }],
    ['a name that is not its own', { name: 'elsewhere.invalid.' }],
  ])('answers BADVERS to %s', async (_, fields) => {
    const edns = { payloadSize: 1232, version: 1 };
    const query = writeQuery({ id: 3, name: 'example.test.', type: 1, edns, ...fields });
    const reply = readReply((await server.send(query)) ?? new Uint8Array());
    expect(reply).toMatchObject({ rcode: 16, answer: [] });
    expect(reply.edns).toMatchObject({ version: 0, options: [] });
  });
});

describe('RFC 6891 section 6.1.4, flags', () => {
  it('sends DO back (RFC 3225 section 3)', async () => {
    const edns = { payloadSize: 4096, dnssecOk: true };
    expect((await server.ask('example.test.', 'SOA', { edns })).edns?.dnssecOk).toBe(true);
  });

  it('passes over unknown ones and does not send them back', async () => {
    const edns = { payloadSize: 4096, flags: 0x7fff };
    const reply = await server.ask('example.test.', 'SOA', { edns });
    expect(reply).toMatchObject({ rcode: 0, answer: [SOA] });
    expect(reply.edns?.flags).toBe(0);
  });
});

describe('RFC 6891 section 6.2, sizes', () => {
  it('takes sizes below 512 for 512', async () => {
    const reply = await server.ask('example.test.', 'SOA', { edns: { payloadSize: 1 } });
    expect(reply).toMatchObject({ rcode: 0, flags: ['qr', 'aa'], answer: [SOA] });
  });

  it.each([0, 512, 600, 1000])('keeps to a size of %d, and keeps OPT', async (payloadSize) => {
    const reply = await server.ask('many.example.test.', 'A', { edns: { payloadSize } });
    expect(reply.flags).toEqual(['qr', 'aa', 'tc']);
    expect(reply.sizeBytes).toBeLessThanOrEqual(Math.max(512, payloadSize));
    expect(reply.edns).toBeDefined();
  });

  it('uses the whole size: 29 addresses and OPT are 510 octets', async () => {
    const reply = await server.ask('fits.example.test.', 'A', { edns: { payloadSize: 512 } });
    expect(reply).toMatchObject({ flags: ['qr', 'aa'], sizeBytes: 510 });
    expect(reply.answer).toHaveLength(29);
  });

  it('keeps to 512 octets without EDNS', async () => {
    const reply = await server.ask('many.example.test.', 'A');
    expect(reply.flags).toContain('tc');
    expect(reply.sizeBytes).toBeLessThanOrEqual(512);
  });

  it('sends all over TCP, whatever the size that is offered (section 6.2.5)', async () => {
    const reply = await server.ask('many.example.test.', 'A', {
      transport: 'tcp',
      edns: { payloadSize: 512 },
    });
    expect(reply.flags).toEqual(['qr', 'aa']);
    expect(reply.answer).toHaveLength(60);
  });
});

describe('ISC EDNS compliance, without EDNS', () => {
  it('answers unknown types with no data', async () => {
    const reply = await server.ask('example.test.', 1000);
    expect(reply).toMatchObject({ rcode: 0, answer: [] });
    expect(reply.authority).toHaveLength(1);
  });

  it.each(['reserved', 'authenticData', 'checkingDisabled', 'recursionDesired'])(
    'answers queries with the header bit %s',
    async (bit) => {
      const reply = await server.ask('example.test.', 'SOA', { [bit]: true });
      expect(reply).toMatchObject({ rcode: 0, answer: [SOA] });
      expect(reply.flags).not.toContain('z');
      expect(reply.flags).not.toContain('ad');
    },
  );

  it('answers an unknown opcode with NOTIMP', async () => {
    const reply = await server.ask('example.test.', 'SOA', { opcode: 15 });
    expect(reply).toMatchObject({ rcode: 4, opcode: 15 });
  });
});
