/**
 * Reads the whole store, its files and then its rows over one snapshot, slowly, and says what is
 * not as it was written: blocks of files that fail their checksum, which may hide anything, rows
 * that fail their checksum, gaps in the numbers of logs, zones whose rows are not those that the
 * zone row counts, zones of which the store shows an older version than is served. So damage shows
 * within a pass and not on the day on which the row is needed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode, errorMessage } from '#base/coded-error.ts';
import { formatName, type Name, nameKey, parseName } from '#dns/wire/name.ts';
import type { Entry, KeyValueReader, KeyValueStore } from '#store/key-value-store.ts';
import {
  buildKey,
  KEYSPACE,
  prefixRange,
  readU64Key,
  u64Key,
  wholeRange,
} from '#store/keyspace.ts';
import { ContentSum } from './content-sum.ts';
import { describeKey, formatKeyDescription } from './describe-key.ts';
import type { EntryRange } from './mend-journal.ts';
import { generationOf, NODE_KEY_PREFIX_SIZE } from './zone-keys.ts';
import type { ZoneList } from './zone-list.ts';
import { isAsNew, parseZoneRow, type ZoneRow } from './zone-row.ts';

/** Something in the store that is not as it was written. */
export interface ScrubFinding {
  /** KEYSPACE's name of the kind of row. */
  readonly kind: string;
  /** The row, or the zone, or the log, and what is wrong with it. */
  readonly what: string;
  /** The zone whose content it is. */
  readonly apex?: Name;
  /** Of entries of the journal that are damaged or gone: the first and the last. */
  readonly entries?: EntryRange;
  /** A damaged row that is of no zone and not of the journal. */
  readonly damaged?: Uint8Array;
  /** Rows that another log lacks; left out where they are too many to be put back one by one. */
  readonly gone?: readonly Uint8Array[];
  /** LevelDB could not read some of its own blocks: rows in them are hidden, whatever they are. */
  readonly isUnreadable?: true;
}

export interface ScrubReport {
  readonly rows: number;
  readonly octets: number;
  /** The first of them, at most FINDINGS_MAX. */
  readonly findings: readonly ScrubFinding[];
  readonly findingCount: number;
}

/** Findings of one pass that are told one by one. */
export const FINDINGS_MAX = 1000;
/** Rows that one log may lack and have named. */
const GONE_MAX = 1000;

/** Logs whose numbers have no gaps, and what they are called. */
const LOGS: ReadonlyMap<number, string> = new Map([
  [KEYSPACE.journal, 'journal'],
  [KEYSPACE.event, 'event feed'],
  [KEYSPACE.audit, 'audit log'],
  [KEYSPACE.registryJournal, "register's journal"],
]);

/**
 * One pass. @param zones what is known of them: the store may show older ones, which add up too
 * @param octetsPerSecond at most so much is read, 0: as fast as it goes
 * @returns `undefined` when it was stopped
 * @throws StoreError STORE_READ_FAILED, or STORE_CLOSED when the store was opened anew meanwhile
 */
export async function scrubStore(
  store: KeyValueStore,
  zones: ZoneList,
  octetsPerSecond: number,
  stop: AbortSignal,
): Promise<ScrubReport | undefined> {
  const known = [...zones.all()].filter(({ isStored }) => isStored !== false);
  const knownRows = known.map(({ row }) => row);
  const snapshot = store.snapshot();
  try {
    const scrub = new Scrub();
    for await (const { path, octets, damage } of snapshot.files()) {
      if (stop.aborted) return undefined;
      if (damage !== undefined) scrub.unreadable(`${path} is damaged: ${damage}`);
      await pace(octets, octetsPerSecond, stop);
    }
    await scrub.readZones(snapshot);
    // What was changed meanwhile is for the next pass.
    scrub.compareZones(knownRows.filter((row) => zones.find(row.apex)?.row === row));
    const { from, to } = wholeRange();
    const onDamaged = (key: Uint8Array): void => scrub.damaged(key);
    try {
      for await (const rows of snapshot.range(from, to, { onDamaged })) {
        if (stop.aborted) return undefined;
        await pace(scrub.take(rows), octetsPerSecond, stop);
      }
    } catch (error) {
      // A block that LevelDB cannot read: it says so when it has passed all the others.
      if (errorCode(error) !== 'STORE_DAMAGED') throw error;
      scrub.unreadable(errorMessage(error));
    }
    return scrub.finish();
  } finally {
    await snapshot.close();
  }
}

/** Waits for as long as so many octets may take. */
async function pace(octets: number, octetsPerSecond: number, stop: AbortSignal): Promise<void> {
  if (octetsPerSecond === 0) return;
  const ms = (octets * 1000) / octetsPerSecond;
  await sleep(ms, undefined, { signal: stop, ref: false }).catch(() => {});
}

interface ScrubbedZone {
  readonly row: ZoneRow;
  readonly sum: ContentSum;
}

class Scrub {
  readonly #zones = new Map<number, ScrubbedZone>();
  readonly #findings: ScrubFinding[] = [];
  /** Zones with a row that is damaged: that they do not add up needs no second word. */
  readonly #faulty = new Set<number>();
  /** The newest number that was seen of each log. */
  readonly #numbers = new Map<number, number>();
  #findingCount = 0;
  #rows = 0;
  #octets = 0;

  /** Damaged zone rows are found again by the pass itself. */
  async readZones(reader: KeyValueReader): Promise<void> {
    const { from, to } = prefixRange(Uint8Array.of(KEYSPACE.zone));
    try {
      for await (const chunk of reader.range(from, to, { onDamaged: () => {} })) {
        for (const { value } of chunk) {
          const row = parseZoneRow(value);
          this.#zones.set(row.generation, { row, sum: new ContentSum() });
        }
      }
    } catch (error) {
      // The pass itself comes by what cannot be read, and says so.
      if (errorCode(error) !== 'STORE_DAMAGED') throw error;
    }
  }

  /** @param known rows that the store must show */
  compareZones(known: readonly ZoneRow[]): void {
    const shown = new Map([...this.#zones.values()].map(({ row }) => [nameKey(row.apex), row]));
    for (const row of known) {
      const found = shown.get(nameKey(row.apex));
      if (found !== undefined && isAsNew(found, row)) continue;
      if (found !== undefined) this.#faulty.add(found.generation);
      const version = found === undefined ? 'none' : `version ${found.version}`;
      const what = `zone ${formatName(row.apex)}: ${version}, and ${row.version} was written`;
      this.#find({ kind: 'zone', what, apex: row.apex });
    }
  }

  /** @returns octets of the rows */
  take(rows: readonly Entry[]): number {
    let octets = 0;
    for (const row of rows) {
      octets += row.key.length + row.value.length;
      const [prefix] = row.key;
      if (prefix === KEYSPACE.node) this.#zones.get(generationOf(row.key))?.sum.add(row);
      else if (LOGS.has(prefix)) this.#number(prefix, row.key, true);
    }
    this.#rows += rows.length;
    this.#octets += octets;
    return octets;
  }

  #number(prefix: number, key: Uint8Array, isSound: boolean): void {
    const number = readU64Key(key, 1);
    const before = this.#numbers.get(prefix);
    this.#numbers.set(prefix, number);
    if (before === undefined || number === before + 1 || !isSound) return;
    const log = LOGS.get(prefix);
    const what = `the ${log} lacks entries ${before + 1} to ${number - 1}`;
    const kind = kindOf(key);
    const count = number - 1 - before;
    if (prefix === KEYSPACE.journal) this.#find({ kind, what, entries: [before + 1, number - 1] });
    else if (count > GONE_MAX) this.#find({ kind, what });
    else {
      const gone = Array.from({ length: count }, (_, index) =>
        buildKey(prefix, u64Key(before + 1 + index)),
      );
      this.#find({ kind, what, gone });
    }
  }

  damaged(key: Uint8Array): void {
    const apexOf = (generation: number): Name | undefined => this.#zones.get(generation)?.row.apex;
    const described = describeKey(key, apexOf);
    const { kind, sequence, zone } = described;
    const isNode = key[0] === KEYSPACE.node && key.length >= NODE_KEY_PREFIX_SIZE;
    const isOfZone = isNode || key[0] === KEYSPACE.zone;
    const generation = isNode ? generationOf(key) : undefined;
    const isJournal = key[0] === KEYSPACE.journal && sequence !== undefined;
    if (generation !== undefined) this.#faulty.add(generation);
    if (sequence !== undefined) this.#number(key[0], key, false);
    const what = `${formatKeyDescription(key, described)}: its checksum is wrong`;
    this.#find({
      kind,
      what,
      ...(isOfZone && zone !== undefined && { apex: parseName(zone) }),
      ...(isJournal && { entries: [sequence, sequence] }),
      ...(!isOfZone && !isJournal && { damaged: key }),
    });
  }

  unreadable(what: string): void {
    this.#find({ kind: 'unknown', what, isUnreadable: true });
  }

  finish(): ScrubReport {
    for (const [generation, { row, sum }] of this.#zones) {
      if (sum.is(row) || this.#faulty.has(generation)) continue;
      const zone = formatName(row.apex);
      const counted = `${sum.records} of its ${row.records} records`;
      const what = `zone ${zone}: ${counted}, or others than written`;
      this.#find({ kind: 'node', what, apex: row.apex });
    }
    const counts = { rows: this.#rows, octets: this.#octets, findingCount: this.#findingCount };
    return { ...counts, findings: this.#findings };
  }

  #find(finding: ScrubFinding): void {
    this.#findingCount += 1;
    if (this.#findings.length < FINDINGS_MAX) this.#findings.push(finding);
  }
}

function kindOf(key: Uint8Array): string {
  return describeKey(key, () => undefined).kind;
}
