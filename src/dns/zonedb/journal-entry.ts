/**
 * One entry of the journal, layout 1: what happened to one zone, who asked for it, and for a
 * change every RRset before and after. Entries are numbered without gaps from 1 and are never
 * rewritten; the oldest go when the journal reaches its limits. The number is in the row's key.
 *
 *     u8 layout = 1 | u8 kind | f64 version | f64 begun | f64 received (Unix milliseconds)
 *     u32 generation | u32 old serial | u32 new serial | u8 size | zone (wire form, lower case)
 *     u32 size | source, actor, transaction id, source address, settings as JSON
 *     u32 edits, each:
 *       u8 size | owner name (wire form)
 *       u32 size | RRset before, as a node row of one (size 0: there was none)
 *       u32 size | RRset after, likewise
 */
import { asBuffer, asPlainBytes, latin1 } from '#base/bytes.ts';
import { CodedError } from '#base/coded-error.ts';
import type { Name } from '#dns/wire/name.ts';
import type { ChangeSource, RrsetEdit, StoredRrset } from './change.ts';
import { nodeRowSize, parseNodeRow, writeNodeRow } from './node-row.ts';

const LAYOUT = 1;
const ZONE_AT = 38;

/** In order of their numbers on disk. */
const KINDS = ['create', 'change', 'replace', 'settings', 'delete'] as const;

/** Settings by name, before and after. */
export interface SettingsEdit {
  before: Record<string, unknown>;
  after: Record<string, unknown>;
}

export interface JournalEntry {
  sequence: number;
  /**
   * `create` and `replace` are whole contents (zone file, import) and have no edits; neither have
   * `settings` and `delete`.
   */
  kind: (typeof KINDS)[number];
  zone: Name;
  generation: number;
  /** What the entry made the zone; each entry of a zone has one more than that before it. */
  version: number;
  oldSerial: number;
  newSerial: number;
  source: ChangeSource;
  actor: string;
  transactionId: string;
  /** Unix milliseconds. */
  receivedAtMs: number;
  /** Absent where the change did not come over a network, or an older version wrote the entry. */
  sourceAddress?: string;
  /** Unix milliseconds at which the entry went to the disk. */
  begunAtMs: number;
  edits: RrsetEdit[];
  /** Those that `settings` changed. */
  settings?: SettingsEdit;
}

/** An entry before it has its number. */
export type EntryDraft = Omit<JournalEntry, 'sequence'>;

export function formatJournalEntry(entry: EntryDraft): Uint8Array {
  const { source, actor, transactionId, sourceAddress, settings, zone, edits } = entry;
  const told = { source, actor, transactionId, sourceAddress, settings };
  const text = Buffer.from(JSON.stringify(told));
  let size = ZONE_AT + 1 + zone.length + 4 + text.length + 4;
  for (const edit of edits) size += editSize(edit);
  const row = Buffer.allocUnsafe(size);
  row[0] = LAYOUT;
  row[1] = KINDS.indexOf(entry.kind);
  row.writeDoubleBE(entry.version, 2);
  row.writeDoubleBE(entry.begunAtMs, 10);
  row.writeDoubleBE(entry.receivedAtMs, 18);
  row.writeUInt32BE(entry.generation, 26);
  row.writeUInt32BE(entry.oldSerial, 30);
  row.writeUInt32BE(entry.newSerial, 34);
  row[ZONE_AT] = zone.length;
  row.set(zone, ZONE_AT + 1);
  let at = row.writeUInt32BE(text.length, ZONE_AT + 1 + zone.length);
  row.set(text, at);
  at = row.writeUInt32BE(edits.length, at + text.length);
  for (const edit of edits) at = writeEdit(edit, row, at);
  return row;
}

function editSize({ owner, before, after }: RrsetEdit): number {
  return 1 + owner.length + 4 + rowSize(before) + 4 + rowSize(after);
}

function rowSize(rrset: StoredRrset | undefined): number {
  return rrset === undefined ? 0 : nodeRowSize([rrset]);
}

function writeEdit({ owner, before, after }: RrsetEdit, row: Buffer, start: number): number {
  row[start] = owner.length;
  row.set(owner, start + 1);
  let at = start + 1 + owner.length;
  for (const rrset of [before, after]) {
    const end = rrset === undefined ? at + 4 : writeNodeRow([rrset], row, at + 4);
    row.writeUInt32BE(end - at - 4, at);
    at = end;
  }
  return at;
}

/** What the journal's index keeps of an entry. */
export interface EntryHead {
  /** The zone's name in lower case, one character per octet. */
  zone: string;
  version: number;
  begunAtMs: number;
  transactionId: string;
}

/** @throws CodedError STORE_LAYOUT for a layout that this version does not know */
export function parseEntryHead(value: Uint8Array): EntryHead {
  checkLayout(value);
  const row = asBuffer(value);
  const zone = latin1(row.subarray(ZONE_AT + 1, ZONE_AT + 1 + row[ZONE_AT]));
  const { transactionId } = parseTold(row, ZONE_AT + 1 + row[ZONE_AT]).told;
  return { zone, version: row.readDoubleBE(2), begunAtMs: row.readDoubleBE(10), transactionId };
}

function checkLayout([layout]: Uint8Array): void {
  if (layout === LAYOUT) return;
  throw new CodedError(
    'STORE_LAYOUT',
    `a journal entry has layout ${layout}, and this version of Holdfast reads ${LAYOUT}`,
  );
}

/** @throws CodedError STORE_LAYOUT for a layout that this version does not know */
export function parseJournalEntry(sequence: number, value: Uint8Array): JournalEntry {
  checkLayout(value);
  const row = asBuffer(value);
  const zoneEnd = ZONE_AT + 1 + row[ZONE_AT];
  const { told, end } = parseTold(row, zoneEnd);
  return {
    sequence,
    kind: KINDS[row[1]],
    zone: asPlainBytes(row.subarray(ZONE_AT + 1, zoneEnd)),
    version: row.readDoubleBE(2),
    begunAtMs: row.readDoubleBE(10),
    receivedAtMs: row.readDoubleBE(18),
    generation: row.readUInt32BE(26),
    oldSerial: row.readUInt32BE(30),
    newSerial: row.readUInt32BE(34),
    ...told,
    edits: parseEdits(row, end),
  };
}

type Told = Pick<JournalEntry, 'source' | 'actor' | 'transactionId' | 'sourceAddress' | 'settings'>;

/** The JSON text, which stands behind its size, and where it ends. */
function parseTold(row: Buffer, start: number): { told: Told; end: number } {
  const end = start + 4 + row.readUInt32BE(start);
  return { told: JSON.parse(row.toString('utf8', start + 4, end)) as Told, end };
}

function parseEdits(row: Buffer, start: number): RrsetEdit[] {
  const edits: RrsetEdit[] = [];
  let at = start + 4;
  const takeRrset = (): StoredRrset | undefined => {
    const from = at + 4;
    at = from + row.readUInt32BE(at);
    return at === from ? undefined : parseNodeRow(row.subarray(from, at))[0];
  };
  for (let left = row.readUInt32BE(start); left > 0; left--) {
    const ownerEnd = at + 1 + row[at];
    const owner = asPlainBytes(row.subarray(at + 1, ownerEnd));
    at = ownerEnd;
    const before = takeRrset();
    const after = takeRrset();
    edits.push({ owner, type: (before ?? after)?.type ?? 0, before, after });
  }
  return edits;
}
