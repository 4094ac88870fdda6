// RFC 1995: IXFR, and RFC 7314: EXPIRE in its answers. The reader here is the test's own.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DnsExchange } from '../../kit/dns-exchange.ts';
import { nameOctets } from '../../kit/dns-query.ts';
import { type Reply, readReply } from '../../kit/dns-reply.ts';
import { addNameserverKeys } from '../../kit/server-configuration.ts';
import { makeServerFolder, ServerProcess } from '../../kit/server-process.ts';

const FORMERR = 1;
const EXPIRE = 9;
/** As imported. */
const FIRST = 10;

const ZONE = `$ORIGIN example.test.
@ 3600 SOA ns hostmaster ${FIRST} 7200 1800 1209600 300
@ 3600 NS ns
ns 3600 A 192.0.2.1
${Array.from({ length: 100 }, (_, host) => `h${host} 3600 A 192.0.2.${host}`).join('\n')}
`;

const ends: (() => Promise<void>)[] = [];
let server: ServerProcess;
let exchange: DnsExchange;
let id = 0;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  ends.push(async () => rm(folder, { recursive: true, force: true }));
  const place = await makeServerFolder(folder);
  await addNameserverKeys(place, ['transfer: { allow: ["127.0.0.1"] }']);
  await writeFile(join(place.zones, 'example.test.zone'), ZONE);
  server = await ServerProcess.start(place, (end) => ends.push(end));
  exchange = await DnsExchange.open(place.dnsPort);
  const path = '/api/v1/servers/localhost/zones/example.test.';
  await server.api('PUT', path, { soa_edit_api: 'INCREASE' });
  await change('a.example.test.', 'A', ['192.0.2.7', '192.0.2.8']);
  await change('b.example.test.', 'A', ['192.0.2.9']);
  await change('h1.example.test.', 'A', []);
});

afterAll(async () => {
  exchange?.close();
  for (const end of ends.toReversed()) await end();
});

/** Each raises the serial by one. */
async function change(name: string, type: string, contents: string[]): Promise<void> {
  const records = contents.map((content) => ({ content }));
  const rrset = { name, type, ttl: 60, changetype: 'REPLACE', records };
  const path = '/api/v1/servers/localhost/zones/example.test.';
  expect((await server.api('PATCH', path, { rrsets: [rrset] })).status).toBe(204);
}

/** @param payloadSize with it the question has an OPT record, which asks for EXPIRE */
function ixfrQuery(serial: number | undefined, payloadSize?: number): Uint8Array {
  id += 1;
  const name = nameOctets('example.test.');
  const numbers = [serial ?? 0, 0, 0, 0, 0].flatMap((n) => [n >>> 24, n >>> 16, n >>> 8, n]);
  const rdata = [0, 0, ...numbers];
  const known = [...name, 0, 6, 0, 1, 0, 0, 0, 0, 0, rdata.length, ...rdata];
  const size = payloadSize ?? 0;
  const opt = [0, 0, 41, size >> 8, size & 255, 0, 0, 0, 0, 0, 4, 0, EXPIRE, 0, 0];
  const counts = [0, serial === undefined ? 0 : 1, 0, payloadSize === undefined ? 0 : 1];
  const header = [id >> 8, id & 255, 0, 0, 0, 1, 0, 0, ...counts];
  const question = [...name, 0, 251, 0, 1];
  return Uint8Array.from([
    ...header,
    ...question,
    ...(serial === undefined ? [] : known),
    ...(payloadSize === undefined ? [] : opt),
  ]);
}

async function ask(query: Uint8Array, transport: 'udp' | 'tcp'): Promise<Reply> {
  const message = await (transport === 'udp' ? exchange.askUdp(query) : exchange.askTcp(query));
  if (message === undefined) throw new Error('no reply');
  return readReply(message);
}

function soa(serial: number): string {
  return `example.test. 3600 SOA ns.example.test. hostmaster.example.test. ${serial} 7200 1800 1209600 300`;
}

const NEWEST = FIRST + 3;

/** Step by step from the first version. */
const STEPS = [
  soa(NEWEST),
  soa(FIRST),
  soa(FIRST + 1),
  'a.example.test. 60 A 192.0.2.7',
  'a.example.test. 60 A 192.0.2.8',
  soa(FIRST + 1),
  soa(FIRST + 2),
  'b.example.test. 60 A 192.0.2.9',
  soa(FIRST + 2),
  'h1.example.test. 3600 A 192.0.2.1',
  soa(NEWEST),
  soa(NEWEST),
];

describe('RFC 1995 section 4, the reply', () => {
  it.each(['udp', 'tcp'] as const)('is every step from the client’s serial, %s', async (over) => {
    const { answer, flags, rcode } = await ask(ixfrQuery(FIRST), over);
    expect(answer).toEqual(STEPS);
    expect({ flags, rcode }).toEqual({ flags: ['qr', 'aa'], rcode: 0 });
    expect((await ask(ixfrQuery(FIRST + 2), over)).answer).toEqual([STEPS[0], ...STEPS.slice(8)]);
  });

  it.each(['udp', 'tcp'] as const)('is the SOA alone for who is up to date, %s', async (over) => {
    expect((await ask(ixfrQuery(NEWEST), over)).answer).toEqual([soa(NEWEST)]);
    expect((await ask(ixfrQuery(NEWEST + 1), over)).answer).toEqual([soa(NEWEST)]);
  });

  it('is the whole zone for a serial that the server does not remember', async () => {
    const { answer } = await ask(ixfrQuery(FIRST - 1), 'tcp');
    expect(answer).toHaveLength(2 + 2 + 99 + 3);
    expect(answer.at(0)).toBe(soa(NEWEST));
    expect(answer.at(1)).not.toContain('SOA');
    expect(answer.at(-1)).toBe(soa(NEWEST));
  });
});

describe('RFC 1995 section 2, over UDP', () => {
  it('what does not fit is the SOA alone, which sends the client to TCP', async () => {
    const { answer, flags } = await ask(ixfrQuery(FIRST - 1), 'udp');
    expect({ answer, flags }).toEqual({ answer: [soa(NEWEST)], flags: ['qr', 'aa'] });
  });
});

describe('RFC 1995 section 3, a question without the client’s SOA', () => {
  it.each(['udp', 'tcp'] as const)('is malformed, %s', async (over) => {
    expect((await ask(ixfrQuery(undefined), over)).rcode).toBe(FORMERR);
  });
});

describe('RFC 7314 section 3, EXPIRE', () => {
  it.each(['udp', 'tcp'] as const)('is the SOA’s for a primary, %s', async (over) => {
    const { edns } = await ask(ixfrQuery(NEWEST, 1232), over);
    const option = edns?.options.find(({ code }) => code === EXPIRE);
    expect([...(option?.data ?? [])]).toEqual([0, 0x12, 0x75, 0]);
    expect((await ask(ixfrQuery(NEWEST), over)).edns).toBeUndefined();
  });
});
