/**
 * 32 clients change the same names of one zone for some seconds through every door: PATCH, batches
 * over two zones that are sent twice under one Idempotency-Key, import, and DNS UPDATE with TSIG over
 * TCP and over UDP, where each datagram comes twice. Then the server is killed. What the journal makes of the first version, what the model makes of the requests in the
 * journal's order, what the store has, and what name server sockets and the API had answered are one
 * and the same; every acknowledged change is in the journal once, and nothing else is.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { seededRandom } from '#base/random.ts';
import type { TsigKey } from '#dns/tsig/tsig-key.ts';
import { formatName, parseName } from '#dns/wire/name.ts';
import { formatRdata } from '#dns/wire/rdata/registry.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import type { StoredRrset } from '#dns/zonedb/change.ts';
import type { JournalEntry } from '#dns/zonedb/journal-entry.ts';
import { writeQuery } from '../../kit/dns-query.ts';
import { readReply } from '../../kit/dns-reply.ts';
import { readEnvironmentNumber } from '../../kit/environment-number.ts';
import { addNameserverKeys } from '../../kit/server-configuration.ts';
import { makeServerFolder, ServerProcess } from '../../kit/server-process.ts';
import { buildFrame, openStreamClient } from '../../kit/stream-client.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { listRecords, openTestZoneDb, type TestZoneDb } from '../../kit/zone-db.ts';
import { ApiDoor, BatchDoor, type Door, masterFile, UpdateDoor } from './doors.ts';
import {
  applyStep,
  COUNTER,
  type Content,
  NAMES,
  type Sent,
  StepMaker,
  TWIN,
  ZONE,
} from './steps.ts';

const SEED = readEnvironmentNumber('HOLDFAST_SEED', 20_261_122);
const SECONDS = readEnvironmentNumber('HOLDFAST_DOORS_SECONDS', 3);
const CLIENTS = { patch: 7, batch: 7, udp: 8, tcp: 8, import: 2 };
const IMPORT_PAUSE_MS = 300;
/** Of the time, so that the last changes are left to be seen. */
const IMPORT_SHARE = 0.6;
const STEPS_MAX = 2000;
/** Fewer, and the clients did not meet. */
const CHANGES_MIN = 50;
const RECEIPTS_ASKED = 20;
const TXT = 16;
const AXFR = 252;
const SECRET = Buffer.from('01234567890123456789012345678901');
const KEY: TsigKey = {
  name: parseName('doors.'),
  algorithm: 'hmac-sha256',
  secret: Uint8Array.from(SECRET),
};

interface ReceiptDocument {
  durableAt: string;
  publishedAt: string;
  served: { servedAt: string }[];
}

/** What the zone has before the clients come. */
const FIRST: Content = new Map([[COUNTER, new Set(['0'])]]);

async function startServer(): Promise<ServerProcess> {
  const folder = await temporaryFolder();
  const place = await makeServerFolder(folder, 'tsigKeys: [{ name: doors, secretFile: key }]\n');
  await addNameserverKeys(place, [
    'update: { allow: ["key:doors"] }',
    'transfer: { allow: ["127.0.0.1"] }',
  ]);
  await writeFile(join(folder, 'key'), SECRET.toString('base64'), { mode: 0o600 });
  await writeFile(join(place.zones, `${ZONE}zone`), masterFile(ZONE, FIRST));
  await writeFile(join(place.zones, `${TWIN}zone`), masterFile(TWIN, new Map()));
  return ServerProcess.start(place);
}

async function openDoors(server: ServerProcess): Promise<Door[]> {
  const { dnsPort } = server.place;
  const doors: Door[] = Array.from({ length: CLIENTS.patch }, () => new ApiDoor(server));
  for (let left = CLIENTS.batch; left > 0; left--) doors.push(new BatchDoor(server, doors.length));
  for (const transport of ['udp', 'tcp'] as const) {
    for (let left = CLIENTS[transport]; left > 0; left--) {
      doors.push(await UpdateDoor.open(dnsPort, transport, KEY, doors.length));
    }
  }
  return doors;
}

/** Everything that all clients sent. */
async function runClients(server: ServerProcess): Promise<Sent[]> {
  const doors = await openDoors(server);
  const startMs = Date.now();
  const run = async (door: Door, client: number, isImporter: boolean): Promise<Sent[]> => {
    const endMs = startMs + SECONDS * 1000 * (isImporter ? IMPORT_SHARE : 1);
    const steps = new StepMaker(seededRandom(SEED + client), client);
    const all: Sent[] = [];
    while (Date.now() < endMs && all.length < STEPS_MAX) {
      if (isImporter) await sleep(IMPORT_PAUSE_MS);
      const sent = await door.send(isImporter ? steps.nextImport() : steps.next());
      if (sent.isDone) steps.acknowledged(sent.step);
      all.push(sent);
    }
    door.close();
    return all;
  };
  const editing = doors.map((door, client) => run(door, client, false));
  const importing = Array.from({ length: CLIENTS.import }, (_, index) =>
    run(new ApiDoor(server), doors.length + index, true),
  );
  return (await Promise.all([...editing, ...importing])).flat();
}

/** TXT contents of a zone by name; other types are passed over. */
class TxtLines {
  readonly #zone: string;
  readonly #contents = new Map<string, Set<string>>();

  constructor(zone: string) {
    this.#zone = zone;
  }

  /** @param line `OWNER TTL TYPE DATA` @throws for a record that was there */
  take(line: string): void {
    const [owner, , type, ...data] = line.split(' ');
    if (type !== 'TXT') return;
    const name = owner.slice(0, -this.#zone.length - 1);
    const held = this.#contents.get(name) ?? new Set();
    const token = JSON.parse(data.join(' ')) as string;
    if (held.has(token)) throw new Error(`${line} is there twice`);
    this.#contents.set(name, held.add(token));
  }

  get content(): Content {
    return this.#contents;
  }
}

function contentOf(lines: readonly string[], zone = ZONE): Content {
  const txt = new TxtLines(zone);
  for (const line of lines) txt.take(line);
  return txt.content;
}

async function readAnswers(port: number): Promise<Content> {
  const client = await openStreamClient(port);
  const names = [...NAMES, COUNTER];
  for (const [id, name] of names.entries()) {
    client.write(buildFrame(writeQuery({ id, name: `${name}.${ZONE}`, type: TXT })));
  }
  await vi.waitFor(() => expect(client.frames).toHaveLength(names.length), { timeout: 5000 });
  return contentOf(client.frames.flatMap((frame) => readReply(frame).answer));
}

/** Whole, with the SOA once. */
async function readTransfer(port: number): Promise<string[]> {
  const client = await openStreamClient(port);
  client.write(buildFrame(writeQuery({ id: 7, name: ZONE, type: AXFR })));
  return vi.waitFor(
    () => {
      const lines = client.frames.flatMap((frame) => readReply(frame).answer);
      if (lines.length < 2 || lines.at(-1) !== lines[0]) throw new Error('not whole yet');
      return lines.slice(0, -1);
    },
    { timeout: 5000 },
  );
}

async function readApi(server: ServerProcess): Promise<Content> {
  const answer = await server.api('GET', `/api/v1/servers/localhost/zones/${ZONE}`);
  const { rrsets } = (await answer.json()) as {
    rrsets: { name: string; ttl: number; type: string; records: { content: string }[] }[];
  };
  return contentOf(
    rrsets.flatMap(({ name, ttl, type, records }) =>
      records.map(({ content }) => `${name} ${ttl} ${type} ${content}`),
    ),
  );
}

/** All entries of a zone behind its first, oldest first. */
async function readJournal({ zones }: TestZoneDb, zone: string): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for (let sequence = 1; sequence <= zones.journal.last; sequence++) {
    const entry = await zones.journal.get(sequence);
    if (entry === undefined) throw new Error(`the journal has no entry ${sequence}`);
    if (formatName(entry.zone) === zone && entry.kind !== 'create') entries.push(entry);
  }
  return entries;
}

/** Of every UPDATE that was acknowledged, by the id of its message. */
async function readLoggedReceipts(
  server: ServerProcess,
  sent: readonly Sent[],
): Promise<Map<string, unknown>> {
  const count = sent.filter(({ isDone, receipt }) => isDone && receipt === undefined).length;
  return vi.waitFor(() => {
    const lines = server.lines.filter(({ msg }) => msg === 'updated');
    expect(lines).toHaveLength(count);
    return new Map(lines.map(({ id, receipt }) => [String(id), receipt]));
  });
}

/** That the server tells of the newest changes when each was seen served. */
async function expectServed(server: ServerProcess, sent: readonly Sent[]): Promise<void> {
  const newest = sent
    .filter(({ receipt }) => receipt?.startsWith('r-') === true)
    .slice(-RECEIPTS_ASKED);
  for (const { receipt } of newest) {
    await vi.waitFor(
      async () => {
        const answer = await server.api('GET', `/api/holdfast/v1/receipts/${receipt}`);
        const { durableAt, publishedAt, served } = (await answer.json()) as ReceiptDocument;
        const { servedAt } = served[0];
        expect([durableAt, publishedAt, servedAt].map(Date.parse)).not.toContain(Number.NaN);
      },
      { timeout: 5000 },
    );
  }
}

/** The request of each entry. @throws for an entry of nobody's, or of a refused request */
function matchRequests(
  entries: readonly JournalEntry[],
  sent: readonly Sent[],
  logged: ReadonlyMap<string, unknown>,
): Sent[] {
  const byId = new Map(sent.map((request) => [request.id, request]));
  expect(byId.size).toBe(sent.length);
  const requests = entries.map(({ sequence, transactionId }) => {
    const request = byId.get(transactionId);
    if (request?.isDone !== true) throw new Error(`nobody was acknowledged entry ${sequence}`);
    expect(request.receipt ?? logged.get(request.id)).toBe(`r-${sequence}`);
    return request;
  });
  expect(new Set(requests).size, 'entries that have a request each').toBe(requests.length);
  return requests;
}

/** What is acknowledged and in no entry asked for nothing: its token was gone already. */
function expectNothingLost(sent: readonly Sent[], made: ReadonlySet<Sent>, content: Content): void {
  const tokens = new Set([...content.values()].flatMap((set) => [...set]));
  for (const request of sent) {
    const { step, isDone } = request;
    if (!isDone || made.has(request)) continue;
    if (step.kind !== 'remove') throw new Error(`lost: ${JSON.stringify(step)}`);
    expect(tokens).not.toContain(step.token);
  }
}

/** Applies the entries' own edits, each of which must find what it says was there. */
function replay(entries: readonly JournalEntry[], requests: readonly Sent[]): Content {
  let content = FIRST;
  for (const [at, { edits, sequence }] of entries.entries()) {
    const { step } = requests[at];
    if (step.kind === 'import') content = step.content;
    for (const { owner, type, before, after } of edits) {
      if (type !== TYPE.TXT) continue;
      const name = formatName(owner).slice(0, -ZONE.length - 1);
      const held = [...(content.get(name) ?? [])].sort();
      expect(tokensOf(before), `before entry ${sequence}`).toEqual(held);
      const next = new Map(content).set(name, new Set(tokensOf(after)));
      if (after === undefined) next.delete(name);
      content = next;
    }
  }
  return content;
}

function tokensOf(rrset: StoredRrset | undefined): string[] {
  const records = rrset?.records ?? [];
  return records.map(({ rdata }) => JSON.parse(formatRdata(TYPE.TXT, rdata)) as string).sort();
}

/** The twin zone has the mark of every acknowledged batch, from one entry each, and no other. */
async function expectTwins(db: TestZoneDb, sent: readonly Sent[]): Promise<void> {
  const batches = sent.filter(({ mark }) => mark !== undefined);
  const twin = contentOf(await listRecords(db.zones, parseName(TWIN)), TWIN);
  const marks = [...twin.values()].flatMap((set) => [...set]);
  expect(new Set(marks)).toEqual(new Set(batches.map(({ mark }) => mark)));
  const entries = await readJournal(db, TWIN);
  expect(entries).toHaveLength(batches.length);
  const ids = new Set(entries.map(({ transactionId }) => transactionId));
  expect(ids).toEqual(new Set(batches.map(({ id }) => id)));
  expect(batches).not.toEqual([]);
}

it('ends in one content whatever the door, with every acknowledged change once', {
  timeout: 60_000,
}, async () => {
  const server = await startServer();
  const sent = await runClients(server);
  const api = await readApi(server);
  const answers = await readAnswers(server.place.dnsPort);
  const transferred = await readTransfer(server.place.dnsPort);
  await expectServed(server, sent);
  const logged = await readLoggedReceipts(server, sent);
  await server.kill();

  const db = await openTestZoneDb(server.place.data);
  const stored = await listRecords(db.zones, parseName(ZONE));
  expect(transferred.toSorted()).toEqual(stored);
  const content = contentOf(stored);
  expect(api).toEqual(content);
  expect(answers).toEqual(content);

  const entries = await readJournal(db, ZONE);
  const requests = matchRequests(entries, sent, logged);
  expect(replay(entries, requests)).toEqual(content);
  let model = FIRST;
  for (const { step } of requests) model = applyStep(model, step);
  expect(model).toEqual(content);
  expectNothingLost(sent, new Set(requests), content);
  await expectTwins(db, sent);
  process.stderr.write(`${sent.length} requests, ${entries.length} versions of one zone\n`);
  expect(entries.length).toBeGreaterThan(CHANGES_MIN);
});
