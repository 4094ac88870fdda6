/**
 * Four clients change one zone at the same time over the API. Whatever they send, what the API then
 * lists, what name server sockets answer, what the journal's edits make of the first version, and
 * what a plain model makes of the requests in the journal's order are one and the same.
 */
import { Buffer } from 'node:buffer';
import type { Answer, RecordType } from 'dns-packet';
import * as fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLog } from '#base/log.ts';
import { startPacketThreads } from '#dns/packet/packet-threads.ts';
import { formatName } from '#dns/wire/name.ts';
import { formatRdata, formatTypeCode } from '#dns/wire/rdata/registry.ts';
import type { StoredRrset } from '#dns/zonedb/change.ts';
import type { JournalEntry } from '#dns/zonedb/journal-entry.ts';
import { parseListenAddress } from '#net/listen-address.ts';
import { type AdminFixture, read, startAdmin, ZONES } from '../../../kit/admin/admin-fixture.ts';
import { FIRST_SERIAL } from '../../../kit/admin/admin-parts.ts';
import { freePort } from '../../../kit/free-port.ts';
import { refuseSlowRequest } from '../../../kit/refuse-slow-request.ts';
import { askUdp } from '../../../kit/udp-query.ts';

const CLIENTS = 4;
const RUNS = 15;

/** Spellings by type; the first two of a type mean the same record. */
const CONTENTS: Record<string, string[]> = {
  A: ['192.0.2.1', '192.0.2.2', '192.0.2.3'],
  TXT: ['"one"', '"two"', '"two parts" "in one"'],
  MX: ['10 mx1.example.net.', '10  MX1.example.NET', '20 mx2.example.net.'],
  CNAME: ['a.example.net.', 'b.example.net.'],
};
const OWNERS = ['', 'www.', 'deep.below.', 'below.'];
const TYPES = Object.keys(CONTENTS);

interface Edit {
  owner: string;
  type: string;
  changetype: 'REPLACE' | 'DELETE' | 'EXTEND' | 'PRUNE';
  ttl: number | undefined;
  contents: string[];
}

/** `TTL content content …`, contents sorted, by `owner type`. */
type Content = Map<string, string>;

const edit = fc.constantFrom(...TYPES).chain((type) => {
  const content = fc.constantFrom(...CONTENTS[type]);
  const place = { owner: fc.constantFrom(...OWNERS), type: fc.constant(type) };
  const ttl = fc.constantFrom(60, 300);
  return fc.oneof(
    fc.record<Edit>({
      ...place,
      changetype: fc.constant('REPLACE'),
      ttl,
      contents: fc.uniqueArray(content, { maxLength: type === 'CNAME' ? 1 : 3 }),
    }),
    fc.record<Edit>({
      ...place,
      changetype: fc.constant('DELETE'),
      ttl: fc.constant(undefined),
      contents: fc.constant([]),
    }),
    fc.record<Edit>({
      ...place,
      changetype: fc.constantFrom('EXTEND', 'EXTEND', 'PRUNE'),
      ttl: fc.option(ttl, { nil: undefined }),
      contents: fc.tuple(content),
    }),
  );
});
const patch = fc.array(edit, { minLength: 1, maxLength: 3 });
const work = fc.array(fc.array(patch, { minLength: 3, maxLength: 10 }), {
  minLength: CLIENTS,
  maxLength: CLIENTS,
});

class Service {
  readonly admin: AdminFixture;
  readonly dnsPort: number;

  private constructor(admin: AdminFixture, dnsPort: number) {
    this.admin = admin;
    this.dnsPort = dnsPort;
  }

  static async start(): Promise<Service> {
    const admin = await startAdmin();
    const dnsPort = await freePort();
    const threads = await startPacketThreads({
      listen: [parseListenAddress(`127.0.0.1:${dnsPort}`)],
      threads: 1,
      answerer: { image: admin.parts.image.image, options: { nsid: undefined } },
      slowHandler: refuseSlowRequest,
      clock: { kind: 'system' },
      log: silentLog(),
    });
    onTestFinished(() => threads.close());
    return new Service(admin, dnsPort);
  }

  async createZone(zone: string): Promise<void> {
    const nameservers = ['ns1.example.net.'];
    const { status } = await this.admin.call('POST', `${ZONES}?rrsets=false`, {
      name: zone,
      kind: 'Native',
      nameservers,
    });
    if (status !== 201) throw new Error(`the zone was answered ${status}`);
  }

  /** Sends the patches one after the other; what was accepted, by request id. */
  async send(zone: string, patches: Edit[][]): Promise<Map<string, Edit[]>> {
    const accepted = new Map<string, Edit[]>();
    for (const edits of patches) {
      const rrsets = edits.map(({ owner, type, changetype, ttl, contents }) => ({
        name: `${owner}${zone}`,
        type,
        changetype,
        ...(ttl !== undefined && { ttl }),
        records: contents.map((content) => ({ content })),
      }));
      const response = await this.admin.call('PATCH', `${ZONES}/${zone}`, { rrsets });
      await response.body?.cancel();
      if (response.status === 204) accepted.set(response.headers.get('x-request-id') ?? '', edits);
      else if (response.status !== 422) throw new Error(`a patch was answered ${response.status}`);
    }
    return accepted;
  }

  async readApi(zone: string): Promise<Content> {
    const { body } = await read(await this.admin.call('GET', `${ZONES}/${zone}`));
    const { rrsets } = body as {
      rrsets: { name: string; type: string; ttl: number; records: { content: string }[] }[];
    };
    return new Map(
      rrsets
        .filter(({ type }) => TYPES.includes(type))
        .map(({ name, type, ttl, records }) => {
          const contents = records.map(({ content }) => content);
          assertUnique(contents);
          return [keyOf(zone, name, type), describeRrset(ttl, contents)];
        }),
    );
  }

  async readDns(zone: string): Promise<Content> {
    const content: Content = new Map();
    for (const owner of OWNERS) {
      for (const type of TYPES) {
        const name = `${owner}${zone}`;
        const question = { port: this.dnsPort, name, type: type as RecordType };
        const { answers = [] } = await askUdp(question);
        const own = answers.filter((answer) => answer.type === type);
        const [first] = own;
        if (first === undefined) continue;
        const ttl = 'ttl' in first ? (first.ttl ?? 0) : 0;
        content.set(keyOf(zone, name, type), describeRrset(ttl, own.map(contentOf)));
      }
    }
    return content;
  }

  /** The serial as the zone's field, in its SOA record, and as a name server answers it. */
  async readSerials(zone: string): Promise<{ api: number; soa: number; dns: number }> {
    const { body } = await read(
      await this.admin.call('GET', `${ZONES}/${zone}?rrset_name=${zone}&rrset_type=SOA`),
    );
    const { serial, rrsets } = body as {
      serial: number;
      rrsets: { records: { content: string }[] }[];
    };
    const content = rrsets[0]?.records[0]?.content ?? '';
    const { answers = [] } = await askUdp({ port: this.dnsPort, name: zone, type: 'SOA' });
    const dns = answers[0]?.type === 'SOA' ? answers[0].data.serial : undefined;
    return { api: serial, soa: Number(content.split(' ')[2]), dns: dns ?? 0 };
  }

  /** The zone's entries in order, the one that made it left out. */
  async readJournal(zone: string): Promise<JournalEntry[]> {
    const { journal } = this.admin.parts.zones;
    const entries: JournalEntry[] = [];
    for (let sequence = 1; sequence <= journal.last; sequence++) {
      const entry = await journal.get(sequence);
      if (entry?.kind === 'change' && formatName(entry.zone) === zone) entries.push(entry);
    }
    return entries;
  }
}

function assertUnique(contents: readonly string[]): void {
  if (new Set(contents).size !== contents.length) throw new Error(`twice in ${contents.join()}`);
}

function keyOf(zone: string, name: string, type: string): string {
  return `${name.slice(0, -zone.length)} ${type}`;
}

/** In lower case: whose spelling of a record stays is not told apart. */
function describeRrset(ttl: number, contents: string[]): string {
  return [ttl, ...contents.sort()].join(' | ').toLowerCase();
}

function contentOf(answer: Answer): string {
  switch (answer.type) {
    case 'A':
      return answer.data;
    case 'CNAME':
      return `${answer.data}.`;
    case 'MX':
      return `${answer.data.preference} ${answer.data.exchange}.`;
    case 'TXT':
      return [answer.data]
        .flat()
        .map((part) => `"${Buffer.from(part).toString()}"`)
        .join(' ');
    default:
      throw new Error(`unexpected ${answer.type}`);
  }
}

/** Applies the journal's edits, each of which must find what it says was there. */
function replay(zone: string, entries: readonly JournalEntry[]): Content {
  const content: Content = new Map();
  for (const { edits } of entries) {
    for (const { owner, type, before, after } of edits) {
      const mnemonic = formatTypeCode(type);
      if (!TYPES.includes(mnemonic)) continue;
      const key = keyOf(zone, formatName(owner), mnemonic);
      if (content.get(key) !== describeStored(before)) {
        throw new Error(`the journal skips a change of ${key}`);
      }
      const described = describeStored(after);
      if (described === undefined) content.delete(key);
      else content.set(key, described);
    }
  }
  return content;
}

function describeStored(stored: StoredRrset | undefined): string | undefined {
  if (stored === undefined) return undefined;
  const { type, ttl, records } = stored;
  return describeRrset(
    ttl,
    records.map(({ rdata }) => formatRdata(type, rdata)),
  );
}

/** The accepted requests as a person would apply them, in the journal's order. */
function applyModel(entries: readonly JournalEntry[], accepted: Map<string, Edit[]>): Content {
  const rrsets = new Map<string, { ttl: number; contents: Set<string> }>();
  for (const { transactionId } of entries) {
    const edits = accepted.get(transactionId);
    if (edits === undefined) throw new Error('the journal holds what was not accepted');
    for (const { owner, type, changetype, ttl, contents } of edits) {
      const key = `${owner} ${type}`;
      const given = contents.map((content) => canonicalOf(type, content));
      const held = rrsets.get(key)?.contents ?? new Set();
      const heldTtl = rrsets.get(key)?.ttl ?? ttl ?? 0;
      if (changetype === 'REPLACE') rrsets.set(key, { ttl: ttl ?? 0, contents: new Set(given) });
      if (changetype === 'DELETE') rrsets.delete(key);
      if (changetype === 'EXTEND') {
        rrsets.set(key, { ttl: heldTtl, contents: held.union(new Set(given)) });
      }
      if (changetype === 'PRUNE') {
        rrsets.set(key, { ttl: heldTtl, contents: held.difference(new Set(given)) });
      }
      if (rrsets.get(key)?.contents.size === 0) rrsets.delete(key);
    }
  }
  return new Map(
    [...rrsets].map(([key, { ttl, contents }]) => [key, describeRrset(ttl, [...contents])]),
  );
}

function canonicalOf(type: string, content: string): string {
  return type === 'MX' && content === CONTENTS['MX'][1] ? CONTENTS['MX'][0] : content;
}

/** Of a chain of versions: where each starts and ends, and its number. */
function chainOf(
  entries: readonly JournalEntry[],
): { from: number; to: number; version: number }[] {
  return entries.map(({ oldSerial, newSerial, version }) => ({
    from: oldSerial,
    to: newSerial,
    version,
  }));
}

describe('changes by four clients at a time', () => {
  it('leave one content, the same in the API, in answers and in the journal', async () => {
    const service = await Service.start();
    let zoneCount = 0;
    await fc.assert(
      fc.asyncProperty(work, async (clients) => {
        zoneCount += 1;
        const zone = `zone-${zoneCount}.example.`;
        await service.createZone(zone);
        const sent = await Promise.all(clients.map((patches) => service.send(zone, patches)));
        const accepted = new Map(sent.flatMap((requests) => [...requests]));
        const content = await service.readApi(zone);
        const entries = await service.readJournal(zone);
        const serials = await service.readSerials(zone);
        expect(await service.readDns(zone)).toEqual(content);
        expect(replay(zone, entries)).toEqual(content);
        expect(applyModel(entries, accepted)).toEqual(content);
        const start = FIRST_SERIAL;
        expect(chainOf(entries)).toEqual(
          entries.map((_, at) => ({ from: start + at, to: start + at + 1, version: at + 2 })),
        );
        const last = entries.at(-1)?.newSerial ?? start;
        expect(serials).toEqual({ api: last, soa: last, dns: last });
      }),
      { numRuns: RUNS },
    );
  });
});
