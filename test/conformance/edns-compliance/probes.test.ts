// Every probe of ISC's EDNS compliance tester (genreport of dns-compliance-testing), by its name
// there, with what that tester calls "ok". The zone's SOA is the question unless said.
import { describe, expect, it } from 'vitest';
import { type EdnsFields, type QueryFields, writeQuery } from '../../kit/dns-query.ts';
import { type Reply, readReply } from '../../kit/dns-reply.ts';
import { useServer } from '../../kit/network-server.ts';

const server = useServer({
  zones: {
    'example.test.': `$TTL 3600
@ SOA ns hostmaster 1 7200 1800 1209600 300
@ NS ns
ns A 192.0.2.1
${Array.from({ length: 60 }, (_, index) => `many A 192.0.2.${index + 1}`).join('\n')}
`,
  },
});

const SOA = 6;
const NOTHING = new Uint8Array();
const OPTION = {
  nsid: { code: 3, data: NOTHING },
  expire: { code: 9, data: NOTHING },
  subnet: { code: 8, data: Uint8Array.of(0, 1, 0, 0) },
  cookie: { code: 10, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
  unknown: { code: 100, data: NOTHING },
};

async function ask(
  fields: Partial<QueryFields>,
  flagBits: readonly [number, number] = [0, 0],
): Promise<Reply> {
  const query = writeQuery({ id: 0x5a5a, name: 'example.test.', type: SOA, ...fields });
  query[2] |= flagBits[0];
  query[3] |= flagBits[1];
  return readReply((await server.send(query)) ?? NOTHING);
}

function edns(fields: Partial<EdnsFields> = {}): { edns: EdnsFields } {
  return { edns: { payloadSize: 4096, ...fields } };
}

const ANSWERED = { rcode: 0, opcode: 0, answer: [expect.stringMatching(/^example\.test\. .*SOA/)] };

describe('EDNS compliance, probes without EDNS', () => {
  it.each<[string, Partial<QueryFields>, [number, number]]>([
    ['dns', {}, [0, 0]],
    ['aa', {}, [0x04, 0]],
    ['ad', {}, [0, 0x20]],
    ['cd', {}, [0, 0x10]],
    ['ra', {}, [0, 0x80]],
    ['rd', {}, [0x01, 0]],
    ['tc', {}, [0x02, 0]],
    ['zflag', {}, [0, 0x40]],
  ])('%s', async (_, fields, bits) => {
    const reply = await ask(fields, bits);
    expect(reply).toMatchObject(ANSWERED);
    expect(reply.flags.filter((flag) => flag !== 'rd')).toEqual(['qr', 'aa']);
    expect(reply.edns).toBeUndefined();
  });

  it('opcode: not implemented, without records', async () => {
    const reply = await ask({ opcode: 15 });
    expect(reply).toMatchObject({ rcode: 4, opcode: 15, answer: [], authority: [] });
    expect(reply.flags).toEqual(['qr']);
  });

  it('opcodeflg: the same with every flag set', async () => {
    const reply = await ask({ opcode: 15 }, [0x07, 0xf0]);
    expect(reply).toMatchObject({ rcode: 4, opcode: 15, answer: [] });
    expect(reply.flags.filter((flag) => flag !== 'rd')).toEqual(['qr']);
  });

  it('type666: no data', async () => {
    const reply = await ask({ type: 666 });
    expect(reply).toMatchObject({ rcode: 0, answer: [] });
    expect(reply.flags).toEqual(['qr', 'aa']);
    expect(reply.authority).toHaveLength(1);
  });

  it('tcp: all of it', async () => {
    const reply = await server.ask('example.test.', 'SOA', { transport: 'tcp' });
    expect(reply).toMatchObject(ANSWERED);
    expect(reply.edns).toBeUndefined();
  });
});

describe('EDNS compliance, version 0', () => {
  it.each<[string, Partial<EdnsFields>]>([
    ['edns', {}],
    ['ednsflags', { flags: 0x0080 }],
    ['ednsopt', { options: [OPTION.unknown] }],
    ['ednsnsid', { options: [OPTION.nsid] }],
    ['ednssubnet', { options: [OPTION.subnet] }],
    ['edns512', { payloadSize: 512 }],
    ['bufsize 65535', { payloadSize: 65_535 }],
  ])('%s: answered, nothing unknown sent back', async (_, fields) => {
    const reply = await ask(edns(fields));
    expect(reply).toMatchObject(ANSWERED);
    expect(reply.edns).toMatchObject({ version: 0, dnssecOk: false, flags: 0, options: [] });
  });

  it('ednsexpire: answered, with the time that the zone may be kept', async () => {
    const reply = await ask(edns({ options: [OPTION.expire] }));
    expect(reply).toMatchObject(ANSWERED);
    expect(reply.edns?.options).toEqual([{ code: 9, data: Buffer.from('00127500', 'hex') }]);
  });

  it('do: answered, with DO', async () => {
    const reply = await ask(edns({ dnssecOk: true }));
    expect(reply).toMatchObject(ANSWERED);
    expect(reply.edns).toMatchObject({ version: 0, dnssecOk: true, flags: 0 });
  });

  it('ednscookie: answered, with the client’s cookie and ours', async () => {
    const reply = await ask(edns({ options: [OPTION.cookie] }));
    expect(reply).toMatchObject(ANSWERED);
    const [cookie] = reply.edns?.options ?? [];
    expect(cookie.code).toBe(10);
    expect([...cookie.data.subarray(0, 8)]).toEqual([...OPTION.cookie.data]);
    expect(cookie.data).toHaveLength(24);
  });

  it('docookie: both', async () => {
    const reply = await ask(edns({ dnssecOk: true, options: [OPTION.cookie] }));
    expect(reply).toMatchObject(ANSWERED);
    expect(reply.edns?.dnssecOk).toBe(true);
    expect(reply.edns?.options).toHaveLength(1);
  });

  it('optlist: of several options those that we know', async () => {
    const options = [OPTION.nsid, OPTION.subnet, OPTION.expire, OPTION.cookie, OPTION.unknown];
    const reply = await ask(edns({ options }));
    expect(reply).toMatchObject(ANSWERED);
    expect(reply.edns?.options.map(({ code }) => code)).toEqual([10, 9]);
  });

  it('ednstcp: answered over TCP, with OPT', async () => {
    const reply = await server.ask('example.test.', 'SOA', { transport: 'tcp', ...edns() });
    expect(reply).toMatchObject(ANSWERED);
    expect(reply.edns?.version).toBe(0);
  });

  it('signed: DO for what has no signatures is answered all the same', async () => {
    const reply = await ask({ type: 48, ...edns({ dnssecOk: true }) });
    expect(reply).toMatchObject({ rcode: 0, answer: [] });
    expect(reply.edns?.dnssecOk).toBe(true);
  });

  it('truncation: TC with OPT and within the size', async () => {
    const reply = await ask({ name: 'many.example.test.', type: 1, ...edns({ payloadSize: 512 }) });
    expect(reply.flags).toContain('tc');
    expect(reply.sizeBytes).toBeLessThanOrEqual(512);
    expect(reply.edns).toBeDefined();
  });

  it('opcode with EDNS: not implemented', async () => {
    expect((await ask({ opcode: 15, ...edns() })).rcode).toBe(4);
  });
});

describe('EDNS compliance, version 1', () => {
  it.each<[string, Partial<EdnsFields>]>([
    ['edns1', {}],
    ['edns1do', { dnssecOk: true }],
    ['edns1flags', { flags: 0x0080 }],
    ['edns1opt', { options: [OPTION.unknown] }],
    ['edns1nsid', { options: [OPTION.nsid] }],
    ['edns1cookie', { options: [OPTION.cookie] }],
    ['edns1expire', { options: [OPTION.expire] }],
    ['edns1subnet', { options: [OPTION.subnet] }],
  ])('%s: BADVERS with version 0 and no answer', async (_, fields) => {
    const reply = await ask(edns({ version: 1, ...fields }));
    expect(reply).toMatchObject({ rcode: 16, answer: [], authority: [] });
    expect(reply.edns).toMatchObject({ version: 0, flags: 0, options: [] });
  });
});
