/**
 * One entry of the journal, layout 1: what happened to one zone, who asked for it, and for a
 * change every RRset before and after. Entries are numbered without gaps from 1 and are never
 * rewritten; the oldest go when the journal reaches its limits.
 *
 *     u8 layout = 1
 *     u32 size | header as JSON (everything but the edits)
 *     u32 edits, each:
 *       u8 size | owner name (wire form)
 *       u32 size | RRset before, as a node row of one (size 0: there was none)
 *       u32 size | RRset after, likewise
 */
import { asBuffer, asPlainBytes } from '#base/bytes.ts';
import { CodedError } from '#base/coded-error.ts';
import { formatName, type Name, parseName } from '#dns/wire/name.ts';
import type { ChangeSource, RrsetEdit, StoredRrset } from './change.ts';
import { formatNodeRow, parseNodeRow } from './node-row.ts';

const LAYOUT = 1;

export interface JournalEntry {
  sequence: number;
  /**
   * `create` and `replace` are whole contents (zone file, import) and have no edits; neither have
   * `settings` and `delete`.
   */
  kind: 'create' | 'change' | 'replace' | 'settings' | 'delete';
  zone: Name;
  generation: number;
  version: number;
  oldSerial: number;
  newSerial: number;
  source: ChangeSource;
  actor: string;
  transactionId: string;
  /** Unix milliseconds. */
  receivedAtMs: number;
  /** Unix milliseconds at which the entry went to the disk. */
  begunAtMs: number;
  edits: RrsetEdit[];
}

export function formatJournalEntry(entry: JournalEntry): Uint8Array {
  const { edits, ...rest } = entry;
  const header = Buffer.from(JSON.stringify({ ...rest, zone: formatName(entry.zone) }));
  const parts: Uint8Array[] = [Buffer.of(LAYOUT), u32(header.length), header, u32(edits.length)];
  for (const { owner, before, after } of edits) {
    parts.push(Buffer.of(owner.length), owner);
    for (const rrset of [before, after]) {
      const row = rrset === undefined ? Buffer.alloc(0) : formatNodeRow([rrset]);
      parts.push(u32(row.length), row);
    }
  }
  return Buffer.concat(parts);
}

function u32(value: number): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(value, 0);
  return octets;
}

/** @throws CodedError STORE_LAYOUT for a layout that this version does not know */
export function parseJournalEntry(value: Uint8Array): JournalEntry {
  const octets = asBuffer(value);
  if (octets[0] !== LAYOUT) {
    throw new CodedError(
      'STORE_LAYOUT',
      `a journal entry has layout ${octets[0]}, and this version of Holdfast reads ${LAYOUT}`,
    );
  }
  let at = 5 + octets.readUInt32BE(1);
  const header = JSON.parse(octets.toString('utf8', 5, at)) as Omit<
    JournalEntry,
    'zone' | 'edits'
  > & { zone: string };
  const edits: RrsetEdit[] = [];
  const takeRrset = (): StoredRrset | undefined => {
    const size = octets.readUInt32BE(at);
    const row = octets.subarray(at + 4, at + 4 + size);
    at += 4 + size;
    return size === 0 ? undefined : parseNodeRow(row)[0];
  };
  let left = octets.readUInt32BE(at);
  at += 4;
  for (; left > 0; left--) {
    const owner = asPlainBytes(octets.subarray(at + 1, at + 1 + octets[at]));
    at += 1 + octets[at];
    const before = takeRrset();
    const after = takeRrset();
    edits.push({ owner, type: (before ?? after)?.type ?? 0, before, after });
  }
  return { ...header, zone: parseName(header.zone), edits };
}
