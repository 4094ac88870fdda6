/**
 * A server for a whole suite: `holdfast serve` with zones written as master file text, started
 * before the suite's tests and ended after them. What is asked goes over the network, so the same
 * suite can be aimed at another server, to see that it asks for what the RFC says and not for what
 * we do: HOLDFAST_CONFORMANCE_SERVER=nsd, knot or bind.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll } from 'vitest';
import type { TsigKeyText } from '#dns/tsig/tsig-key.ts';
import { DnsExchange } from './dns-exchange.ts';
import { type QueryFields, writeQuery } from './dns-query.ts';
import { type Reply, readReply } from './dns-reply.ts';
import { type PeerKind, startPeer } from './peer-server.ts';
import { addNameserverKeys } from './server-configuration.ts';
import { makeServerFolder, ServerProcess } from './server-process.ts';

const KINDS: readonly string[] = ['nsd', 'knot', 'bind'];
const TYPE_NUMBERS: Record<string, number> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  DNAME: 39,
  DS: 43,
  DNSKEY: 48,
  ANY: 255,
};

export type Asked = Omit<Partial<QueryFields>, 'name' | 'type'> & { transport?: 'udp' | 'tcp' };

export interface NetworkServer {
  readonly port: number;
  /** The reply, read; rejects when there is none. @param type a mnemonic or a number */
  ask(name: string, type: string | number, asked?: Asked): Promise<Reply>;
  /** The reply's octets to any octets over UDP; `undefined` when there is none. */
  send(octets: Uint8Array): Promise<Uint8Array | undefined>;
}

export interface ServedZones {
  /** Zone name with final dot, text of its master file; $ORIGIN is the zone. */
  zones: Readonly<Record<string, string>>;
  identity?: string;
  /** More lines of the configuration's `nameserver`; peers know none of them. */
  keys?: readonly string[];
  /** Who signs with one of these may transfer the zones; the server's whole keyring. */
  tsigKeys?: readonly TsigKeyText[];
  /** BIND takes updates from 127.0.0.1; our server goes by `keys`. */
  takesUpdates?: boolean;
}

/** Call it in `describe` or at the top of the file. */
export function useServer(served: ServedZones): NetworkServer {
  const ends: (() => Promise<void>)[] = [];
  let port = 0;
  let exchange: DnsExchange | undefined;
  let id = 0;
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
    ends.push(() => rm(folder, { recursive: true, force: true }));
    port = await start(folder, served, (end) => ends.push(end));
    exchange = await DnsExchange.open(port);
  });
  afterAll(async () => {
    exchange?.close();
    for (const end of ends.toReversed()) await end();
  });
  const open = (): DnsExchange => {
    if (exchange === undefined) throw new Error('the server is not started yet');
    return exchange;
  };
  return {
    get port() {
      return port;
    },
    async ask(name, type, { transport = 'udp', ...fields } = {}) {
      id = (id + 1) & 0xffff;
      const number = typeof type === 'number' ? type : TYPE_NUMBERS[type];
      if (number === undefined) throw new Error(`no number is known here for ${type}`);
      const query = writeQuery({ id, name, type: number, ...fields });
      const message = transport === 'udp' ? await open().askUdp(query) : await open().askTcp(query);
      if (message === undefined) throw new Error(`no reply to ${name} ${type}`);
      return readReply(message);
    },
    send: async (octets) => open().askUdp(octets),
  };
}

type AtEnd = (end: () => Promise<void>) => void;

/** Returns the port. */
async function start(folder: string, served: ServedZones, atEnd: AtEnd): Promise<number> {
  const kind = process.env['HOLDFAST_CONFORMANCE_SERVER'];
  const { tsigKeys = [] } = served;
  const place = await makeServerFolder(folder, await configureKeys(folder, tsigKeys));
  const files = new Map<string, string>();
  for (const [zone, text] of Object.entries(served.zones)) {
    const file = join(place.zones, `${zone}zone`);
    await writeFile(file, `$ORIGIN ${zone}\n${text}`);
    files.set(zone, file);
  }
  if (isPeerKind(kind)) {
    const { takesUpdates = false } = served;
    const peer = await startPeer(kind, folder, files, tsigKeys, takesUpdates);
    atEnd(() => peer.close());
    return peer.port;
  }
  const { identity, keys = [] } = served;
  const allowed = tsigKeys.map(({ name }) => `"key:${name}"`).join(', ');
  const all = [
    ...(identity === undefined ? [] : [`identity: ${identity}`]),
    ...(tsigKeys.length === 0 ? [] : [`transfer: { allow: [${allowed}] }`]),
    ...keys,
  ];
  if (all.length > 0) await addNameserverKeys(place, all);
  await ServerProcess.start(place, atEnd);
  return place.dnsPort;
}

/** Writes the secrets to files, and the configuration's section of them. */
async function configureKeys(folder: string, keys: readonly TsigKeyText[]): Promise<string> {
  const lines: string[] = [];
  for (const { name, algorithm, secret } of keys) {
    const secretFile = join(folder, `${name}.key`);
    await writeFile(secretFile, secret, { mode: 0o600 });
    lines.push(`  - { name: ${name}, algorithm: ${algorithm}, secretFile: ${secretFile} }\n`);
  }
  return lines.length === 0 ? '' : `tsigKeys:\n${lines.join('')}`;
}

function isPeerKind(kind: string | undefined): kind is PeerKind {
  return kind !== undefined && KINDS.includes(kind);
}
