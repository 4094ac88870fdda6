/**
 * Which tables a LevelDB consists of, as its manifest says. LevelDB writes a table first and enters
 * it in the manifest when it is synced, so a killed process leaves half a table that belongs to
 * nothing; LevelDB deletes it at the next open, and it must not be taken for damage. A manifest is
 * a log (level-log.ts) of edits, each a row of tagged fields (LevelDB db/version_edit.cc):
 *
 *     1 comparator, string      2, 3, 4, 9 number of a log, file or sequence, varint
 *     5 compaction pointer: level varint, key string
 *     6 table removed: level varint, number varint
 *     7 table added: level varint, number varint, size varint, smallest and largest key strings
 */
import type { Crc32cTable } from './crc32c.ts';
import { readLogRecords } from './level-log.ts';
import { VarintCursor } from './varint-cursor.ts';

const TAG_COMPARATOR = 1;
const TAG_POINTER = 5;
const TAG_REMOVED = 6;
const TAG_ADDED = 7;
const NUMBER_TAGS: ReadonlySet<number> = new Set([2, 3, 4, 9]);

/** Numbers of the tables in use, or `undefined` for a manifest that is not understood. */
export function readLiveTables(
  crcTable: Crc32cTable,
  manifest: Uint8Array,
): Set<number> | undefined {
  const live = new Set<number>();
  for (const edit of readLogRecords(crcTable, manifest)) {
    const cursor = new VarintCursor(edit, 0, edit.length);
    while (!cursor.isAtEnd) {
      if (!readField(cursor, live)) return undefined;
    }
  }
  return live;
}

/** Applies one field of an edit; false when it is not one. */
function readField(cursor: VarintCursor, live: Set<number>): boolean {
  const tag = cursor.varint() ?? 0;
  if (tag === TAG_COMPARATOR) return cursor.skipString();
  // A sequence number may have 56 bits; ours stay far below the 49 that are read.
  if (NUMBER_TAGS.has(tag)) return cursor.varint() !== undefined;
  const level = cursor.varint();
  if (level === undefined) return false;
  if (tag === TAG_POINTER) return cursor.skipString();
  const number = cursor.varint();
  if (number === undefined) return false;
  if (tag === TAG_REMOVED) {
    live.delete(number);
    return true;
  }
  if (tag !== TAG_ADDED || cursor.varint() === undefined) return false;
  live.add(number);
  return cursor.skipString() && cursor.skipString();
}
