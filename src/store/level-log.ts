/**
 * A look at LevelDB's write-ahead log before LevelDB itself reads it. LevelDB checks the CRC of
 * each log record, but on a bad one it drops up to 32 kB of acknowledged writes in silence, goes
 * on behind the hole, and deletes the file. Here a hole is an error while the file still exists.
 * The log format (LevelDB doc/log_format): blocks of 32,768 octets, each a row of records
 *
 *     | masked CRC-32C, u32 LE | length, u16 LE | type 1-4 | data |     CRC over type and data
 *
 * with at most six octets of nothing to fill the block.
 *
 * A bad record with nothing valid behind it is a torn tail: the write that was under way when the
 * machine lost power, never acknowledged, rightly dropped. With something valid behind it, it is
 * damage. (A flipped bit in the very last record looks like a torn tail; close-seal.ts covers
 * stores that were closed in order.)
 */
import { concatBytes } from '#base/bytes.ts';
import { type Crc32cTable, crc32c, unmaskCrc32c } from './crc32c.ts';

const BLOCK_SIZE = 32_768;
const HEADER_SIZE = 7;

/** Octets before the first hole in a log, or `undefined` if it has none. */
export function findLogHole(table: Crc32cTable, log: Uint8Array): number | undefined {
  let hole: number | undefined;
  for (let block = 0; block < log.length; block += BLOCK_SIZE) {
    const end = Math.min(block + BLOCK_SIZE, log.length);
    let at = block;
    while (at + HEADER_SIZE <= end) {
      const next = recordEnd(table, log, at, end);
      if (next === undefined) {
        hole ??= at;
        // The length cannot be trusted, so a valid record may begin at any octet of the rest.
        if (findRecord(table, log, at + 1, end)) return hole;
        break;
      }
      if (hole !== undefined) return hole;
      at = next;
    }
  }
  return undefined;
}

const RECORD_FULL = 1;
const RECORD_FIRST = 2;
const RECORD_LAST = 4;

/**
 * What was written to a log, one after the other: a record, or the joined parts of one that went
 * over a block's end. Ends before the first that is not whole.
 */
export function* readLogRecords(table: Crc32cTable, log: Uint8Array): Generator<Uint8Array> {
  let parts: Uint8Array[] = [];
  for (let block = 0; block < log.length; block += BLOCK_SIZE) {
    const end = Math.min(block + BLOCK_SIZE, log.length);
    let at = block;
    while (at + HEADER_SIZE <= end) {
      const next = recordEnd(table, log, at, end);
      if (next === undefined) return;
      const type = log[at + 6];
      if (type === RECORD_FULL || type === RECORD_FIRST) parts = [];
      parts.push(log.subarray(at + HEADER_SIZE, next));
      if (type === RECORD_FULL || type === RECORD_LAST) yield concatBytes(parts);
      at = next;
    }
  }
}

/** Where the record at `at` ends, or `undefined` if there is no valid record. */
function recordEnd(
  table: Crc32cTable,
  log: Uint8Array,
  at: number,
  end: number,
): number | undefined {
  const type = log[at + 6];
  if (type < 1 || type > 4) return undefined;
  const length = log[at + 4] | (log[at + 5] << 8);
  const recordTo = at + HEADER_SIZE + length;
  if (recordTo > end) return undefined;
  const masked = new DataView(log.buffer, log.byteOffset + at, 4).getUint32(0, true);
  return crc32c(table, log, at + 6, recordTo) === unmaskCrc32c(masked) ? recordTo : undefined;
}

/** True if a valid record begins at `from` or later. */
function findRecord(table: Crc32cTable, log: Uint8Array, from: number, end: number): boolean {
  for (let at = from; at + HEADER_SIZE <= end; at++) {
    if (recordEnd(table, log, at, end) !== undefined) return true;
  }
  return false;
}
