/**
 * All zones as a server shows them, read through three doors that must agree: a transfer, the API and
 * single questions; and as a server would serve them from a folder, without its sockets.
 */
import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Registry } from 'prom-client';
import { ServerMetrics } from '#app/adapters/server-metrics.ts';
import { loadConfiguration } from '#app/config/load-configuration.ts';
import { openServedZones } from '#app/served-zones.ts';
import { openClock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { type Random, seededRandom } from '#base/random.ts';
import { formatName, parseName } from '#dns/wire/name.ts';
import { typeOfMnemonic } from '#dns/wire/rdata/registry.ts';
import { openMendingStore } from '#dns/zonedb/mend-store.ts';
import { StoredRegister } from '#registry/db/stored-register.ts';
import { DnsExchange } from '../../kit/dns-exchange.ts';
import { writeQuery } from '../../kit/dns-query.ts';
import { readReply } from '../../kit/dns-reply.ts';
import type { ServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { buildFrame, openStreamClient } from '../../kit/stream-client.ts';
import { listRecords } from '../../kit/zone-db.ts';
import {
  delegatedNames,
  everyName,
  expectOnlyOpen,
  expectPublished,
  readNames,
  TLD,
  viewNames,
} from './register-view.ts';
import type { Content, ViewedZone, ZoneViews } from './zone-model.ts';

/** Lists the zones of the run for its secondary; not one of those that are looked at. */
export const CATALOG = 'catalog.test.';
const AXFR = 252;
const TRANSFER_TIMEOUT_MS = 10_000;
const QUESTIONS_PER_ZONE = 3;
const SERVER_FAILURE = 500;
const RCODE_SERVFAIL = 2;

/**
 * Where names of the register are read: in its rows alone, also in the TLD's zone, which must come to
 * say the same; or, of a server that follows, in that zone alone.
 */
export type NameDoor = 'register' | 'register and zone' | 'zone';

/** @throws when the doors do not agree */
export async function viewServer(
  server: ServerProcess,
  random: Random,
  names: NameDoor = 'register and zone',
): Promise<ZoneViews> {
  const views = new Map<string, ViewedZone>();
  const exchange = await DnsExchange.open(server.place.dnsPort);
  try {
    for (const { name, fault } of await listZones(server)) {
      if (name === TLD && fault === null) continue;
      const viewed = fault === null ? await viewZone(server, name) : { fault };
      views.set(name, viewed);
      if ('content' in viewed) await askSome(exchange, viewed.content, random);
    }
  } finally {
    exchange.close();
  }
  return new Map([...views, ...(await viewDelegations(server, names, views.has(TLD)))]);
}

async function viewDelegations(
  server: ServerProcess,
  door: NameDoor,
  isRefused: boolean,
): Promise<ZoneViews> {
  if (door === 'zone') {
    const tld = await viewZone(server, TLD);
    return 'fault' in tld ? everyName(tld.fault) : delegatedNames(tld.content);
  }
  const names = await viewNames(server);
  const isUnread = [...names.values()].some((view) => 'fault' in view);
  if (door === 'register' || isRefused || isUnread) return names;
  const fault = await expectPublished(server, names, () => viewZone(server, TLD));
  return fault === undefined ? names : new Map([...names, [TLD, { fault }]]);
}

async function listZones(server: ServerProcess): Promise<{ name: string; fault: string | null }[]> {
  const answer = await server.api('GET', '/api/holdfast/v1/zones');
  if (!answer.ok) throw new Error(`the list of zones: ${answer.status} ${await answer.text()}`);
  const { zones } = (await answer.json()) as { zones: { name: string; fault: string | null }[] };
  return zones.filter(({ name }) => name !== CATALOG);
}

/** The server says that it cannot read the zone. */
class RefusedZone extends Error {}

async function viewZone(server: ServerProcess, zone: string): Promise<ViewedZone> {
  try {
    return await readZone(server, zone);
  } catch (error) {
    if (error instanceof RefusedZone) return { fault: error.message };
    throw error;
  }
}

async function readZone(server: ServerProcess, zone: string): Promise<ViewedZone> {
  const lines = await readTransfer(server.place.dnsPort, zone);
  const viewed = viewOf(lines);
  const shown = await apiLines(server, zone);
  const [transferred, told] = [lines, shown].map((all) => [...all].sort().join('\n'));
  if (transferred === told) return viewed;
  throw new Error(`${zone}: a transfer says\n${transferred}\nand the API says\n${told}`);
}

async function apiLines(server: ServerProcess, zone: string): Promise<string[]> {
  const answer = await server.api('GET', `/api/v1/servers/localhost/zones/${zone}`);
  if (answer.status === SERVER_FAILURE) throw new RefusedZone(await answer.text());
  if (!answer.ok) throw new Error(`${zone}: ${answer.status} ${await answer.text()}`);
  const { rrsets } = (await answer.json()) as {
    rrsets: { name: string; type: string; ttl: number; records: { content: string }[] }[];
  };
  return rrsets.flatMap(({ name, type, ttl, records }) =>
    records.map(({ content }) => `${name} ${ttl} ${type} ${content}`),
  );
}

/** Each record once. */
async function readTransfer(port: number, zone: string): Promise<string[]> {
  const client = await openStreamClient(port);
  const { socket, frames } = client;
  socket.setTimeout(TRANSFER_TIMEOUT_MS, () => socket.destroy());
  const lines: string[] = [];
  try {
    client.write(buildFrame(writeQuery({ id: 1, name: zone, type: AXFR })));
    for (let read = 0; ; read++) {
      while (frames.length === read) {
        if (client.isClosed) throw new Error(`no whole transfer of ${zone}`);
        await Promise.race([once(socket, 'data'), once(socket, 'close')]);
      }
      const { rcode, answer } = readReply(Uint8Array.from(frames[read]));
      if (rcode === RCODE_SERVFAIL) throw new RefusedZone('its transfer is answered SERVFAIL');
      if (rcode !== 0) throw new Error(`the transfer of ${zone} was answered ${rcode}`);
      lines.push(...answer);
      if (lines.length > 1 && lines.at(-1) === lines[0]) return lines.slice(0, -1);
    }
  } finally {
    socket.destroy();
  }
}

/** The packet threads answer for zones as these are, whatever becomes of the store. */
export async function expectAnswers(
  { place }: ServerProcess,
  contents: readonly Content[],
  random: Random,
): Promise<void> {
  const exchange = await DnsExchange.open(place.dnsPort);
  try {
    for (const content of contents) await askSome(exchange, content, random);
  } finally {
    exchange.close();
  }
}

/** Some RRsets of a zone must be answered as they are in its transfer. */
async function askSome(exchange: DnsExchange, content: Content, random: Random): Promise<void> {
  const keys = [...content.keys()];
  for (let left = QUESTIONS_PER_ZONE; left > 0; left--) {
    const key = keys[random.below(keys.length)];
    const [name, type] = key.split(' ');
    const { answer } = await ask(exchange, name, type);
    const [answered, expected] = [answer, content.get(key) ?? []].map((lines) =>
      [...lines].sort().join('\n'),
    );
    if (answered !== expected) throw new Error(`${key}: answered\n${answered}\nnot\n${expected}`);
  }
}

async function ask(exchange: DnsExchange, name: string, type: string) {
  const query = writeQuery({ id: 7, name, type: typeOfMnemonic(type) ?? 0 });
  const reply = await exchange.askUdp(query);
  if (reply === undefined) throw new Error(`${name} ${type} is not answered`);
  return readReply(Uint8Array.from(reply));
}

/** @param lines `NAME TTL TYPE DATA` */
function viewOf(lines: readonly string[]): { serial: number; content: Content } {
  const content = new Map<string, string[]>();
  let serial = 0;
  for (const line of lines) {
    const [name, , type, , , number] = line.split(' ');
    if (type === 'SOA') {
      serial = Number(number);
      continue;
    }
    const key = `${name} ${type}`;
    content.set(key, [...(content.get(key) ?? []), line]);
  }
  return { serial, content };
}

/**
 * What `holdfast serve` would serve of a data folder: its own way from the store to the zones.
 * @throws CodedError with which the server would refuse to start
 */
export async function viewFolder(place: ServerFolder, data: string): Promise<ZoneViews> {
  try {
    return await openAndView(place, data);
  } finally {
    collectGarbage();
  }
}

/** Each image reserves so much that a few which nobody has freed leave no room for a process. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

async function openAndView(place: ServerFolder, data: string): Promise<ZoneViews> {
  const configuration = { ...(await loadConfiguration(place.config)), data };
  const parts = {
    log: silentLog(),
    clock: openClock({ kind: 'system' }),
    random: seededRandom(1),
  };
  const metrics = new ServerMetrics({ registry: new Registry(), version: 'test' });
  await using stack = new AsyncDisposableStack();
  const { zones, store } = await openServedZones(configuration, metrics, parts, stack);
  const faults = new Map(zones.faults().map(({ zone, fault }) => [zone, fault]));
  const views = new Map<string, ViewedZone>();
  for (const apex of zones.names()) {
    const fault = faults.get(formatName(apex));
    if (formatName(apex) === CATALOG || (formatName(apex) === TLD && !fault)) continue;
    const view = fault === undefined ? viewOf(await listRecords(zones, apex)) : { fault };
    views.set(formatName(apex), view);
  }
  const register = await openMendingStore(store, 'register', parts.log, () =>
    StoredRegister.open({ store, ...parts }),
  );
  stack.defer(() => register.close());
  const names = await readNames(register);
  if (!faults.has(TLD) && zones.find(parseName(TLD)) !== undefined) {
    const { content } = viewOf(await listRecords(zones, parseName(TLD)));
    await expectOnlyOpen(register, names, content);
  }
  return new Map([...views, ...names]);
}
