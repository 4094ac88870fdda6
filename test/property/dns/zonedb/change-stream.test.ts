// Random streams of changes, UPDATE's operations among them, against a zone as a plain table; and
// what the journal makes of them: every version can be restored, every serial leads to the last.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatName, type Name, parseName } from '#dns/wire/name.ts';
import { formatRdata, formatTypeCode } from '#dns/wire/rdata/registry.ts';
import type { Rrset } from '#dns/zone/rrset.ts';
import type { Change, ChangeError, ChangeOutcome, Operation } from '#dns/zonedb/change.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
import type { ZoneDelta } from '#dns/zonedb/zone-history.ts';
import type { TransferEdit } from '#dns/zonedb/zone-transfer.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';
import { update } from '../../../kit/zone-change.ts';
import {
  contextOf,
  createExample,
  listRecords,
  openTestZoneDb,
  remove,
  replace,
} from '../../../kit/zone-db.ts';

const OWNERS = ['@', 'a.@', 'b.a.@', '*.a.@', 'c.@'];
const DATA: Record<string, string[]> = {
  A: ['192.0.2.1', '192.0.2.2', '192.0.2.3'],
  TXT: ['"x"', '"X"'],
  MX: ['10 mail.example.net.', '20 mail.example.net.'],
  NS: ['ns1.example.net.', 'ns2.example.net.', 'ns3.example.net.'],
  CNAME: ['www.example.net.', 'ftp.example.net.'],
  DNAME: ['example.net.', 'example.info.'],
};
const SINGLE = new Set(['CNAME', 'DNAME']);

/** One step, as words: `add a.@ 60 A 192.0.2.1`. */
type Step = string[];

const rrset = fc.constantFrom(...Object.keys(DATA)).chain((type) =>
  fc.record({
    type: fc.constant(type),
    content: fc.constantFrom(...DATA[type]),
    contents: fc.uniqueArray(fc.constantFrom(...DATA[type]), { minLength: 1, maxLength: 3 }),
    owner: fc.constantFrom(...OWNERS),
    ttl: fc.constantFrom('60', '300'),
  }),
);

const step: fc.Arbitrary<Step> = fc.oneof(
  rrset.map(({ owner, ttl, type, content }) => ['add', owner, ttl, type, content]),
  rrset.map(({ owner, ttl, type, content }) => ['add', owner, ttl, type, content]),
  rrset.map(({ owner, type, content }) => ['remove', owner, type, content]),
  rrset.map(({ owner, type }) => ['remove', owner, type]),
  fc.constantFrom(...DATA.NS).map((content) => ['remove', '@', 'NS', content]),
  rrset.map(({ owner }) => ['remove', owner]),
  rrset.map(({ owner, ttl, type, contents }) => ['replace', owner, ttl, type, ...contents]),
  rrset.map(({ owner, type }) => ['delete', owner, type]),
);
const stream = fc.array(fc.array(step, { minLength: 1, maxLength: 5 }), {
  minLength: 1,
  maxLength: 20,
});

function operationOf(words: Step, zone: string): Operation {
  const [verb, owner, ...rest] = words.map((word, at) =>
    at === 1 ? word.replace('@', zone) : word,
  );
  if (verb === 'delete') return remove(owner, rest[0]);
  if (verb !== 'replace') return update([verb, owner, ...rest].join(' '));
  const [ttl, type, ...contents] = rest;
  return replace(owner, type, Number(ttl), ...contents);
}

/** A zone as a table: owner and type to TTL and contents. The SOA is not in it. */
type Table = Map<string, { ttl: string; contents: string[] }>;

const keyOf = (owner: string, type: string) => `${owner} ${type}`;
const START: Table = new Map([
  ['@ NS', { ttl: '3600', contents: ['ns1.example.net.', 'ns2.example.net.'] }],
]);

function typesAt(table: Table, owner: string): string[] {
  return [...table.keys()]
    .filter((key) => key.startsWith(`${owner} `))
    .map((key) => key.split(' ')[1]);
}

/** RFC 2136 section 3.4.2, said once more. */
function applyStep(table: Table, [verb, owner, ...rest]: Step): void {
  if (verb === 'replace') {
    const [ttl, type, ...contents] = rest;
    table.set(keyOf(owner, type), { ttl, contents });
  } else if (verb === 'delete') table.delete(keyOf(owner, rest[0]));
  else if (verb === 'add') addTo(table, owner, rest);
  else {
    const [wanted, content] = rest;
    for (const type of wanted === undefined ? typesAt(table, owner) : [wanted]) {
      removeFrom(table, owner, type, content);
    }
  }
}

function addTo(table: Table, owner: string, [ttl, type, content]: string[]): void {
  const others = typesAt(table, owner).filter((other) => other !== type);
  if (type === 'CNAME' ? others.length > 0 : others.includes('CNAME')) return;
  const contents = SINGLE.has(type) ? [] : (table.get(keyOf(owner, type))?.contents ?? []);
  table.set(keyOf(owner, type), { ttl, contents: [...new Set([...contents, content])] });
}

function removeFrom(table: Table, owner: string, type: string, content: string | undefined): void {
  const set = table.get(keyOf(owner, type));
  const isApexNs = owner === '@' && type === 'NS';
  if (set === undefined || (isApexNs && content === undefined)) return;
  const left = content === undefined ? [] : set.contents.filter((other) => other !== content);
  if (isApexNs && left.length === 0) return;
  if (left.length === 0) table.delete(keyOf(owner, type));
  else table.set(keyOf(owner, type), { ...set, contents: left });
}

/** True if no name may be so. */
function isBroken(table: Table): boolean {
  return OWNERS.some((owner) => {
    const types = typesAt(table, owner);
    if (types.includes('CNAME') && (types.length > 1 || owner === '@')) return true;
    if (types.includes('DNAME') && types.includes('NS') && owner !== '@') return true;
    return types.some(
      (type) => SINGLE.has(type) && (table.get(keyOf(owner, type))?.contents.length ?? 0) > 1,
    );
  });
}

function linesOf(table: Table, zone: string): string[] {
  return [...table]
    .flatMap(([key, { ttl, contents }]) => {
      const [owner, type] = key.split(' ');
      return contents.map((content) => `${owner.replace('@', zone)} ${ttl} ${type} ${content}`);
    })
    .sort();
}

const isSoa = (line: string) => line.includes(' SOA ');
const withoutSerial = (line: string) => line.replace(/( SOA \S+ \S+) \d+/, '$1');

function recordLine(owner: Name, type: number, ttl: number): (rdata: Uint8Array) => string {
  return (rdata) =>
    `${formatName(owner)} ${ttl} ${formatTypeCode(type)} ${formatRdata(type, rdata)}`;
}

function soaLine({ owner, type, ttl, rdatas }: Rrset): string {
  return recordLine(owner, type, ttl)(rdatas[0]);
}

function takeLine(lines: Set<string>, line: string): void {
  if (!lines.delete(line)) throw new Error(`a step takes '${line}', which is not there`);
}

/** The lines of a zone after a step between serials. */
function applyDelta(lines: readonly string[], { edits, oldSoa, newSoa }: ZoneDelta): string[] {
  const left = new Set(lines);
  takeLine(left, soaLine(oldSoa));
  left.add(soaLine(newSoa));
  for (const { owner, type, removed } of edits) {
    for (const line of removed.rdatas.map(recordLine(owner, type, removed.ttl))) {
      takeLine(left, line);
    }
  }
  for (const { owner, type, added } of edits) {
    for (const line of added.rdatas.map(recordLine(owner, type, added.ttl))) left.add(line);
  }
  return [...left].sort();
}

type Side = 'removed' | 'added';

function transferEdits({ oldSoa, newSoa, edits }: ZoneDelta): TransferEdit[] {
  const of = (side: Side): TransferEdit[] => {
    const kind = side === 'removed' ? 'remove' : 'add';
    const { owner, type, ttl, rdatas } = side === 'removed' ? oldSoa : newSoa;
    const soa = { kind, owner, type, ttl, rdata: rdatas[0] } as const;
    const rest = edits.flatMap((edit) =>
      edit[side].rdatas.map((rdata) => {
        return { kind, owner: edit.owner, type: edit.type, ttl: edit[side].ttl, rdata } as const;
      }),
    );
    return [soa, ...rest];
  };
  return [...of('removed'), ...of('added')];
}

/** What became of a change: the outcome, the forecast, the zone without its SOA. */
interface Made {
  made: string;
  preview: string;
  lines: string[];
}

/** A zone under test: its table, and its records by version and by serial. */
class Run {
  readonly #zones: ZoneDb;
  readonly zone: Name;
  #table: Table = new Map(START);
  readonly versions: string[][] = [];
  readonly bySerial = new Map<number, string[]>();

  private constructor(zones: ZoneDb, zone: Name) {
    this.#zones = zones;
    this.zone = zone;
  }

  static async begin(zones: ZoneDb, name: string): Promise<Run> {
    const run = new Run(zones, await createExample(zones, [], {}, name));
    run.versions.push(await listRecords(zones, run.zone));
    run.bySerial.set(2, run.versions[0]);
    return run;
  }

  /** Makes a change: what came of it and what was foretold, beside what the rules say. */
  async change(steps: readonly Step[]): Promise<{ found: Made; wanted: Made }> {
    const name = formatName(this.zone);
    const wanted: Table = new Map(this.#table);
    for (const words of steps) applyStep(wanted, words);
    const operations = steps.map((words) => operationOf(words, name));
    const change: Change = { zone: this.zone, operations, context: contextOf() };
    const [{ errors, ...foretold }] = await this.#zones.preview([change]);
    const made = await this.#zones.apply(change).then(summary, (error: ChangeError) => error.code);
    const isOther = linesOf(wanted, name).join() !== linesOf(this.#table, name).join();
    const said = isBroken(wanted) ? 'CHANGE_CONFLICT' : summaryOf(isOther, isOther ? 1 : 0);
    const preview = errors.length > 0 ? errors[0].code : summary(foretold);
    if (!isBroken(wanted)) this.#table = wanted;
    const lines = await listRecords(this.#zones, this.zone);
    if (isOther && !isBroken(wanted)) this.versions.push(lines);
    this.bySerial.set(this.#zones.find(this.zone)?.row.serial ?? 0, lines);
    return {
      found: { made, preview, lines: lines.filter((line) => !isSoa(line)) },
      wanted: { made: said, preview: said, lines: linesOf(this.#table, name) },
    };
  }
}

function summary({ changed, oldSerial, newSerial }: Omit<ChangeOutcome, 'receipt'>): string {
  return summaryOf(changed, newSerial - oldSerial);
}

function summaryOf(changed: boolean, risen: number): string {
  return `changed ${changed}, serial + ${risen}`;
}

/** Hands a secondary the steps since serial 2, one by one. */
async function follow(primary: ZoneDb, secondary: ZoneDb, zone: Name): Promise<string[]> {
  for (const delta of (await primary.changesSince(zone, 2)) ?? []) {
    await secondary.applyTransfer({
      zone,
      fromSerial: delta.oldSerial,
      toSerial: delta.newSerial,
      edits: transferEdits(delta),
      context: { ...contextOf(), source: 'transfer' },
    });
  }
  return listRecords(secondary, zone);
}

describe('a stream of changes', () => {
  it('makes the zone what the rules say, and the journal leads to every version', async () => {
    const { zones, folder, close } = await openTestZoneDb(await temporaryFolder());
    const secondary = await openTestZoneDb(await temporaryFolder());
    const finals = new Map<string, string[]>();
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(stream, async (changes) => {
        runs += 1;
        const name = `r${runs}.example.`;
        const run = await Run.begin(zones, name);
        const { zone, versions, bySerial } = run;
        await createExample(secondary.zones, [], { kind: 'Slave' }, name);
        for (const steps of changes) {
          const { found, wanted } = await run.change(steps);
          expect(found).toEqual(wanted);
        }
        for (const [serial, lines] of bySerial) {
          const deltas = (await zones.changesSince(zone, serial)) ?? [];
          expect(deltas.reduce(applyDelta, lines)).toEqual(versions.at(-1));
        }
        expect(await follow(zones, secondary.zones, zone)).toEqual(versions.at(-1));
        const version = Math.ceil(versions.length / 2);
        await zones.restore(zone, version, contextOf());
        const restored = await listRecords(zones, zone);
        expect(restored.map(withoutSerial)).toEqual(versions[version - 1].map(withoutSerial));
        finals.set(name, restored);
      }),
      { numRuns: 100 },
    );
    await close();
    const again = await openTestZoneDb(folder);
    expect(again.zones.faults()).toEqual([]);
    for (const [name, lines] of finals) {
      expect(await listRecords(again.zones, parseName(name))).toEqual(lines);
    }
  }, 60_000);
});
