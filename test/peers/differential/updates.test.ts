// The same random UPDATE messages to our server and to BIND, with the same zone: the same RCODE to each,
// the same records and the same serial afterwards. HOLDFAST_UPDATES sets how many, for a long run.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandom } from '#base/random.ts';
import { formatRcode } from '#dns/wire/header.ts';
import { DnsExchange } from '../../kit/dns-exchange.ts';
import { writeQuery } from '../../kit/dns-query.ts';
import { readReply } from '../../kit/dns-reply.ts';
import { readEnvironmentNumber } from '../../kit/environment-number.ts';
import { startPeer } from '../../kit/peer-server.ts';
import { peersMissing } from '../../kit/peers.ts';
import { addNameserverKeys } from '../../kit/server-configuration.ts';
import { makeServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { type UpdateFields, writeUpdate } from '../../kit/update-message.ts';
import { makeUpdate, UPDATED_ZONE, UPDATED_ZONE_TEXT } from './updates.ts';

const UPDATES = readEnvironmentNumber('HOLDFAST_UPDATES', 800);
const SEED = readEnvironmentNumber('HOLDFAST_DIFFERENTIAL_SEED', 1);
/** Updates between two looks at the whole zone. */
const LOOK_EVERY = 50;
const TYPE_SOA = 6;
const TYPE_AXFR = 252;

async function openOurs(): Promise<{ server: ServerProcess; exchange: DnsExchange }> {
  const place = await makeServerFolder(await temporaryFolder());
  await addNameserverKeys(place, ['update: { allow: ["127.0.0.1"] }']);
  await writeFile(join(place.zones, `${UPDATED_ZONE}zone`), UPDATED_ZONE_TEXT);
  const server = await ServerProcess.start(place);
  const path = `/api/v1/servers/localhost/zones/${UPDATED_ZONE}`;
  // As BIND: one more each time.
  const { status } = await server.api('PUT', path, { soa_edit_api: 'INCREASE' });
  expect(status).toBe(204);
  return { server, exchange: await openExchange(place.dnsPort) };
}

async function openBind(): Promise<DnsExchange> {
  const folder = await temporaryFolder();
  const file = join(folder, 'zone');
  await writeFile(file, UPDATED_ZONE_TEXT);
  const peer = await startPeer('bind', folder, new Map([[UPDATED_ZONE, file]]), [], true);
  onTestFinished(() => peer.close());
  return openExchange(peer.port);
}

async function openExchange(port: number): Promise<DnsExchange> {
  const exchange = await DnsExchange.open(port);
  onTestFinished(() => exchange.close());
  return exchange;
}

async function send(exchange: DnsExchange, request: Uint8Array): Promise<string> {
  const reply = await exchange.askTcp(request);
  return reply === undefined ? 'no reply' : formatRcode(readReply(reply).rcode);
}

async function readSerial(exchange: DnsExchange): Promise<number> {
  const reply = await exchange.askTcp(writeQuery({ id: 1, name: UPDATED_ZONE, type: TYPE_SOA }));
  return Number(readReply(reply ?? new Uint8Array()).answer[0]?.split(' ')[5]);
}

/** Our whole zone, names in lower case, in order. */
async function listOurs(server: ServerProcess): Promise<string[]> {
  const path = `/api/v1/servers/localhost/zones/${UPDATED_ZONE}/export`;
  const text = await (await server.api('GET', path)).text();
  const records = text.split('\n').filter((line) => line !== '' && !line.startsWith(';'));
  return records
    .map((line) => line.replace(/\s+IN\s+/, ' ').replaceAll('\t', ' '))
    .map(lower)
    .sort();
}

async function listBind(exchange: DnsExchange): Promise<string[]> {
  const reply = await exchange.askTcp(writeQuery({ id: 2, name: UPDATED_ZONE, type: TYPE_AXFR }));
  const records = readReply(reply ?? new Uint8Array()).answer;
  return [...new Set(records)].map(lower).sort();
}

function lower(record: string): string {
  return record.toLowerCase();
}

/** What only one of the two has; empty when they hold the same. */
async function compareZones(
  server: ServerProcess,
  bind: DnsExchange,
  index: number,
): Promise<string[]> {
  const [ours, theirs] = [await listOurs(server), await listBind(bind)];
  const onlyOurs = ours.filter((record) => !theirs.includes(record));
  const onlyTheirs = theirs.filter((record) => !ours.includes(record));
  return [
    ...onlyOurs.map((record) => `after ${index} updates only ours has ${record}`),
    ...onlyTheirs.map((record) => `after ${index} updates only BIND has ${record}`),
  ];
}

function describeUpdate({ prerequisites, updates }: UpdateFields): string {
  return [prerequisites, updates]
    .map((steps) =>
      JSON.stringify(steps, (_key, value: unknown) =>
        value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
      ),
    )
    .join('\n  ');
}

describe.skipIf(peersMissing('named'))(`${UPDATES} updates, seed ${SEED}`, () => {
  it('end alike here and in BIND', { timeout: 60_000 + UPDATES * 50 }, async () => {
    const [{ server, exchange }, bind] = await Promise.all([openOurs(), openBind()]);
    const random = seededRandom(SEED);
    const wrong: string[] = [];
    const rcodes = new Map<string, number>();
    for (let index = 0; index < UPDATES && wrong.length < 5; index++) {
      const fields = makeUpdate(random, await readSerial(bind));
      const request = writeUpdate({ id: (index + 10) & 0xffff, ...fields });
      const [ours, theirs] = await Promise.all([send(exchange, request), send(bind, request)]);
      rcodes.set(theirs, (rcodes.get(theirs) ?? 0) + 1);
      const serials = [await readSerial(exchange), await readSerial(bind)];
      if (ours !== theirs || serials[0] !== serials[1]) {
        const said = `ours ${ours} ${serials[0]}, BIND ${theirs} ${serials[1]}`;
        wrong.push(`update ${index}: ${said}\n  ${describeUpdate(fields)}`);
      }
      if (index % LOOK_EVERY === 0) wrong.push(...(await compareZones(server, bind, index)));
    }
    wrong.push(...(await compareZones(server, bind, UPDATES)));
    expect(wrong.join('\n')).toBe('');
    // Each must have come up, or the messages are too tame.
    const all = ['FORMERR', 'NOERROR', 'NOTZONE', 'NXDOMAIN', 'NXRRSET', 'YXDOMAIN', 'YXRRSET'];
    expect([...rcodes.keys()].sort()).toEqual(all);
  });
});
