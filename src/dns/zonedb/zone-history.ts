/**
 * What the journal still knows of a zone: its versions for people, the steps between two serials
 * for IXFR (RFC 1995), and the way back to an earlier content. All are read backwards from the
 * newest entry, and end where the journal does or where the zone got a whole new content.
 */
import { formatName, type Name, nameKey } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { diffRrsets, type RrsetDiff } from '#dns/zone/diff.ts';
import type { Rrset } from '#dns/zone/rrset.ts';
import { compareSerials } from '#dns/zone/serial.ts';
import { replaceSoaSerial } from '#dns/zone/soa.ts';
import { ChangeError, type Operation, type RrsetEdit } from './change.ts';
import type { Journal } from './journal.ts';
import type { JournalEntry } from './journal-entry.ts';
import { servedRrset } from './served-rrset.ts';
import { sameRrset } from './stored-rrset.ts';
import type { ZoneRow } from './zone-row.ts';

/** One entry of a zone's history. */
export type HistoryEntry = Readonly<JournalEntry>;

export interface HistoryOptions {
  /** Only versions before this one. */
  before?: number;
  /** At most so many entries; never more than HISTORY_ENTRIES_MAX. */
  limit: number;
}

export const HISTORY_ENTRIES_MAX = 1000;
/** Octets of entries in one answer; the first entry is given whatever its size. */
export const HISTORY_OCTETS_MAX = 16 << 20;
/** Octets of entries that steps for IXFR are made of; beyond, the whole zone is less work. */
export const DELTAS_OCTETS_MAX = 16 << 20;
/** Octets of entries that are walked back to restore a version. */
export const RESTORE_OCTETS_MAX = 64 << 20;

/** One step between two serials, in what clients are served: disabled records do not exist. */
export interface ZoneDelta {
  zone: Name;
  oldSerial: number;
  newSerial: number;
  /** The SOA before and after. */
  oldSoa: Rrset;
  newSoa: Rrset;
  /** All but the SOA, in order of the change. */
  edits: RrsetDiff[];
}

/** Newest first; fewer than asked for where the entries are large. */
export async function readHistory(
  journal: Journal,
  zone: Name,
  { before = Number.POSITIVE_INFINITY, limit }: HistoryOptions,
): Promise<HistoryEntry[]> {
  const history: HistoryEntry[] = [];
  const entriesMax = Math.min(limit, HISTORY_ENTRIES_MAX);
  let octetsAll = 0;
  if (entriesMax <= 0) return history;
  for await (const { entry, octets } of journal.walk(zone, before)) {
    octetsAll += octets;
    if (history.length > 0 && octetsAll > HISTORY_OCTETS_MAX) break;
    history.push(entry);
    if (history.length >= entriesMax) break;
  }
  return history;
}

/**
 * The steps from a serial to the zone as it is, oldest first. `undefined` where nothing that an
 * IXFR can say leads there: the journal is too short, the zone got a new content, its serial went
 * back or stayed while records changed.
 */
export async function readDeltas(
  journal: Journal,
  { apex, version, serial, generation }: ZoneRow,
  from: number,
): Promise<ZoneDelta[] | undefined> {
  if (from === serial) return [];
  const deltas: ZoneDelta[] = [];
  let next = { version, serial };
  let octetsAll = 0;
  for await (const { entry, octets } of journal.walk(apex, version + 1)) {
    octetsAll += octets;
    const { kind, oldSerial, newSerial } = entry;
    const isLinked = entry.version === next.version && newSerial === next.serial;
    if (!isLinked || octetsAll > DELTAS_OCTETS_MAX) return undefined;
    if (kind !== 'settings' && (kind !== 'change' || entry.generation !== generation)) {
      return undefined;
    }
    next = { version: entry.version - 1, serial: oldSerial };
    const edits = servedDiffs(entry.edits);
    if (edits.length === 0) continue;
    const delta = deltaOf(entry, edits);
    if (delta === undefined) return undefined;
    deltas.push(delta);
    if (oldSerial === from) return deltas.reverse();
  }
  return undefined;
}

function servedDiffs(edits: readonly RrsetEdit[]): RrsetDiff[] {
  return edits
    .map(({ owner, before, after }) =>
      diffRrsets(servedRrset(owner, before), servedRrset(owner, after)),
    )
    .filter((diff) => diff !== undefined);
}

function deltaOf(
  { zone, oldSerial, newSerial, edits }: JournalEntry,
  diffs: RrsetDiff[],
): ZoneDelta | undefined {
  if (compareSerials(newSerial, oldSerial) <= 0) return undefined;
  const soa = edits.find(({ type }) => type === TYPE.SOA);
  const oldSoa = servedRrset(zone, soa?.before);
  const newSoa = servedRrset(zone, soa?.after);
  if (oldSoa === undefined || newSoa === undefined) return undefined;
  const rest = diffs.filter(({ type }) => type !== TYPE.SOA);
  return { zone, oldSerial, newSerial, oldSoa, newSoa, edits: rest };
}

/**
 * What happened to the records of a zone from one version to a later one: each RRset that is
 * another, once, in no order.
 * @throws ChangeError HISTORY_GONE where the journal does not lead from there to there
 */
export async function readVersionEdits(
  journal: Journal,
  zone: Name,
  from: number,
  to: number,
): Promise<RrsetEdit[]> {
  const edits = new Map<string, RrsetEdit>();
  let reached = to;
  let octetsAll = 0;
  let generation: number | undefined;
  const walk = from < to ? journal.walk(zone, to + 1) : [];
  for await (const { entry, octets } of walk) {
    octetsAll += octets;
    const isStep = entry.kind === 'change' || entry.kind === 'settings';
    generation ??= entry.generation;
    if (entry.version !== reached || !isStep || entry.generation !== generation) break;
    if (octetsAll > RESTORE_OCTETS_MAX) break;
    for (const edit of entry.edits) {
      const key = `${edit.type} ${nameKey(edit.owner)}`;
      const later = edits.get(key);
      edits.set(key, later === undefined ? edit : { ...edit, after: later.after });
    }
    reached -= 1;
    if (reached === from) break;
  }
  if (reached === from) {
    return [...edits.values()].filter(({ before, after }) => !sameRrset(before, after));
  }
  const name = formatName(zone);
  throw new ChangeError(
    'HISTORY_GONE',
    reached === to
      ? `the journal has no change that made version ${to} of zone ${name}`
      : `the journal leads from version ${to} back to ${reached} of zone ${name}, not to ${from}`,
  );
}

/**
 * The operations that give the zone the records and comments of an earlier version. The SOA keeps
 * the serial of now, so that the next one follows it.
 * @throws ChangeError HISTORY_GONE
 */
export async function readRestore(
  journal: Journal,
  { apex, version, serial, generation }: ZoneRow,
  wanted: number,
): Promise<Operation[]> {
  const zone = formatName(apex);
  if (!Number.isSafeInteger(wanted) || wanted < 1 || wanted > version) {
    throw new ChangeError('HISTORY_GONE', `zone ${zone} has no version ${wanted}`);
  }
  const operations = new Map<string, Operation>();
  let reached = version;
  let octetsAll = 0;
  const walk = reached > wanted ? journal.walk(apex, version + 1) : [];
  for await (const { entry, octets } of walk) {
    octetsAll += octets;
    const isStep = entry.kind === 'change' || entry.kind === 'settings';
    if (entry.version !== reached || !isStep || entry.generation !== generation) break;
    if (octetsAll > RESTORE_OCTETS_MAX) break;
    // The oldest edit of an RRset comes last and is what counts.
    for (const edit of entry.edits) {
      operations.set(`${edit.type} ${nameKey(edit.owner)}`, wayBack(edit, serial));
    }
    reached -= 1;
    if (reached === wanted) break;
  }
  if (reached === wanted) return [...operations.values()];
  throw new ChangeError(
    'HISTORY_GONE',
    `the journal leads back to version ${reached} of zone ${zone} and not to ${wanted}`,
  );
}

function wayBack({ owner, type, before }: RrsetEdit, serial: number): Operation {
  const { ttl = 0, records = [], comments = [] } = before ?? {};
  const kept =
    type === TYPE.SOA
      ? records.map((record) => ({ ...record, rdata: replaceSoaSerial(record.rdata, serial) }))
      : records;
  return { kind: 'replace', owner, type, ttl, records: kept, comments };
}
