/** Our server and PowerDNS with the same zone, both open to DNS UPDATE from this machine. */
import { onTestFinished } from 'vitest';
import { formatRcode } from '#dns/wire/header.ts';
import { DnsExchange } from '../../kit/dns-exchange.ts';
import { writeQuery } from '../../kit/dns-query.ts';
import { readReply } from '../../kit/dns-reply.ts';
import { startPowerDns } from '../../kit/powerdns-peer.ts';
import { makeServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const ZONES = '/api/v1/servers/localhost/zones';
const TYPE_SOA = 6;

export interface Both<T> {
  ours: T;
  theirs: T;
}

export interface UpdatePair {
  /** The RCODE each answers with, or `no reply`. */
  send(request: Uint8Array): Promise<Both<string>>;
  serials(): Promise<Both<number>>;
  /** `name ttl TYPE data` in lower case, in order. */
  records(): Promise<Both<string[]>>;
}

interface Side {
  call: (method: string, path: string, body?: unknown) => Promise<Response>;
  exchange: DnsExchange;
}

interface ListedZone {
  rrsets: { name: string; ttl: number; type: string; records: { content: string }[] }[];
}

/** Closed when the test ends. @param text of a master file, relative to the zone */
export async function openUpdatePair(zone: string, text: string): Promise<UpdatePair> {
  const peer = await startPowerDns(await temporaryFolder(), { settings: ['dnsupdate=yes'] });
  onTestFinished(() => peer.close());
  const server = await ServerProcess.start(await makeServerFolder(await temporaryFolder()));
  const sides: Both<Side> = {
    ours: {
      call: (...request) => server.api(...request),
      exchange: await openExchange(server.place.dnsPort),
    },
    theirs: { call: peer.call, exchange: await openExchange(peer.dnsPort) },
  };
  await onBoth(sides, (side) => createZone(side, zone, text));
  return {
    send: (request) => onBoth(sides, (side) => send(side, request)),
    serials: () => onBoth(sides, (side) => readSerial(side, zone)),
    records: () => onBoth(sides, (side) => readRecords(side, zone)),
  };
}

async function onBoth<T>(sides: Both<Side>, act: (side: Side) => Promise<T>): Promise<Both<T>> {
  const [ours, theirs] = await Promise.all([act(sides.ours), act(sides.theirs)]);
  return { ours, theirs };
}

async function openExchange(port: number): Promise<DnsExchange> {
  const exchange = await DnsExchange.open(port);
  onTestFinished(() => exchange.close());
  return exchange;
}

async function createZone({ call }: Side, zone: string, text: string): Promise<void> {
  const made = { name: zone, kind: 'Native', zone: `$ORIGIN ${zone}\n${text}`, soa_edit_api: '' };
  const metadata = {
    'ALLOW-DNSUPDATE-FROM': '127.0.0.0/8',
    // One more each time.
    'SOA-EDIT-DNSUPDATE': 'INCREASE',
  };
  const responses = [await call('POST', ZONES, made)];
  for (const [kind, value] of Object.entries(metadata)) {
    const path = `${ZONES}/${zone}/metadata/${kind}`;
    responses.push(await call('PUT', path, { metadata: [value] }));
  }
  const refused = responses.find((response) => !response.ok);
  if (refused !== undefined) throw new Error(`${refused.status}: ${await refused.text()}`);
}

async function send({ exchange }: Side, request: Uint8Array): Promise<string> {
  const reply = await exchange.askUdp(request);
  return reply === undefined ? 'no reply' : formatRcode(readReply(reply).rcode);
}

async function readSerial({ exchange }: Side, zone: string): Promise<number> {
  const reply = await exchange.askUdp(writeQuery({ id: 1, name: zone, type: TYPE_SOA }));
  return Number(readReply(reply ?? new Uint8Array()).answer[0]?.split(' ')[5]);
}

async function readRecords({ call }: Side, zone: string): Promise<string[]> {
  const { rrsets } = (await (await call('GET', `${ZONES}/${zone}`)).json()) as ListedZone;
  return rrsets
    .flatMap(({ name, ttl, type, records }) =>
      records.map(({ content }) => `${name} ${ttl} ${type} ${content}`.toLowerCase()),
    )
    .sort();
}
