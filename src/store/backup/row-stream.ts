/**
 * All rows of a store, or those of some key ranges, as one stream of octets: the content of a
 * backup's `store` and `changes` parts.
 *
 *     "HFROWS1\n"
 *     key size u16 | value size u32 | CRC-32 of key and value u32 | key | value     per row
 *     0xffff | rows u64 | digest, 16 octets                                        at the end
 *
 * big-endian, rows in key order, each key above the one before. The end mark makes a cut stream
 * recognisable; digest.ts defines the digest.
 */
import { assert } from '#base/assert.ts';
import { asBuffer, compareBytes, concatBytes, equalBytes, utf8 } from '#base/bytes.ts';
import { addRow, digestBytes, emptyDigest, type RowDigest } from '../digest.ts';
import type { Entry, KeyValueReader } from '../key-value-store.ts';
import { type KeyRange, wholeRange } from '../keyspace.ts';
import { rowCheck } from '../row-check.ts';
import type { BackupError } from './backup-error.ts';
import { damaged } from './manifest.ts';

const MAGIC = utf8('HFROWS1\n');
const HEADER_SIZE = 10;
const END_MARK = 0xffff;
const END_SIZE = 26;
/** Values above this are refused on reading: no row of ours is near it, a torn length may be. */
const VALUE_SIZE_MAX = 256 << 20;

/** How many rows went by, and their digest. */
export interface RowTotals {
  rows: number;
  readonly digest: RowDigest;
}

export function emptyTotals(): RowTotals {
  return { rows: 0, digest: emptyDigest() };
}

/**
 * The stream of the rows that `reader` holds; `totals` counts them as they pass.
 * @param ranges ascending and apart; left out: all rows
 */
export async function* writeRows(
  reader: KeyValueReader,
  totals: RowTotals,
  ranges: readonly KeyRange[] = [wholeRange()],
): AsyncGenerator<Uint8Array> {
  yield MAGIC;
  for (const { from, to } of ranges) {
    for await (const rows of reader.range(from, to)) yield frameRows(rows, totals);
  }
  const end = new Uint8Array(END_SIZE);
  const view = new DataView(end.buffer);
  view.setUint16(0, END_MARK);
  view.setBigUint64(2, BigInt(totals.rows));
  end.set(digestBytes(totals.digest), 10);
  yield end;
}

/**
 * The rows of a stream, in chunks; `totals` counts them as they pass. Raises `BACKUP_DAMAGED`
 * at the first octet that does not fit, and if the stream ends early or goes on behind its end;
 * `where` names the backup in the message.
 */
export async function* readRows(
  stream: AsyncIterable<Uint8Array>,
  totals: RowTotals,
  where: string,
): AsyncGenerator<Entry[]> {
  const parser = new RowParser(totals, where);
  for await (const chunk of stream) {
    const rows = parser.push(chunk);
    if (rows.length > 0) yield rows;
  }
  parser.finish();
}

function frameRows(rows: readonly Entry[], totals: RowTotals): Uint8Array {
  let size = 0;
  for (const { key, value } of rows) size += HEADER_SIZE + key.length + value.length;
  const frame = Buffer.allocUnsafe(size);
  let at = 0;
  for (const { key, value } of rows) {
    assert(key.length < END_MARK, 'a key of fewer than 65,535 octets');
    frame.writeUInt16BE(key.length, at);
    frame.writeUInt32BE(value.length, at + 2);
    frame.writeUInt32BE(rowCheck(key, value), at + 6);
    frame.set(key, at + HEADER_SIZE);
    frame.set(value, at + HEADER_SIZE + key.length);
    at += HEADER_SIZE + key.length + value.length;
    addRow(totals.digest, key, value);
  }
  totals.rows += rows.length;
  return frame;
}

/** Cuts a stream, however it is chunked, into rows. */
class RowParser {
  readonly #totals: RowTotals;
  readonly #where: string;
  #rest: Uint8Array = new Uint8Array(0);
  #state: 'magic' | 'rows' | 'end' = 'magic';
  #lastKey: Uint8Array | undefined;

  constructor(totals: RowTotals, where: string) {
    this.#totals = totals;
    this.#where = where;
  }

  push(chunk: Uint8Array): Entry[] {
    const octets = asBuffer(this.#rest.length === 0 ? chunk : concatBytes([this.#rest, chunk]));
    const rows: Entry[] = [];
    let at = this.#state === 'magic' ? this.#readMagic(octets) : 0;
    while (this.#state === 'rows' && at + HEADER_SIZE <= octets.length) {
      if (octets.readUInt16BE(at) === END_MARK) {
        if (at + END_SIZE > octets.length) break;
        this.#readEnd(octets.subarray(at, at + END_SIZE));
        at += END_SIZE;
        break;
      }
      const size = HEADER_SIZE + octets.readUInt16BE(at) + octets.readUInt32BE(at + 2);
      if (size > VALUE_SIZE_MAX) throw this.#torn('a row has an impossible size');
      if (at + size > octets.length) break;
      rows.push(this.#readRow(octets.subarray(at, at + size)));
      at += size;
    }
    this.#rest = octets.subarray(at);
    if (this.#state === 'end' && this.#rest.length > 0) throw this.#torn('octets follow its rows');
    return rows;
  }

  finish(): void {
    if (this.#state !== 'end') throw this.#torn('its rows end early');
  }

  #readMagic(octets: Uint8Array): number {
    if (octets.length < MAGIC.length) return 0;
    if (!equalBytes(octets.subarray(0, MAGIC.length), MAGIC))
      throw this.#torn('its rows begin otherwise');
    this.#state = 'rows';
    return MAGIC.length;
  }

  #readRow(frame: Buffer): Entry {
    const keyTo = HEADER_SIZE + frame.readUInt16BE(0);
    const key = frame.subarray(HEADER_SIZE, keyTo);
    const value = frame.subarray(keyTo);
    if (frame.readUInt32BE(6) !== rowCheck(key, value))
      throw this.#torn('a row fails its checksum');
    if (this.#lastKey !== undefined && compareBytes(this.#lastKey, key) >= 0) {
      throw this.#torn('its rows are out of order');
    }
    this.#lastKey = key;
    this.#totals.rows += 1;
    addRow(this.#totals.digest, key, value);
    return { key, value };
  }

  #readEnd(end: Buffer): void {
    const isWhole =
      end.readBigUInt64BE(2) === BigInt(this.#totals.rows) &&
      equalBytes(end.subarray(10), digestBytes(this.#totals.digest));
    if (!isWhole) throw this.#torn('its rows do not add up to its count and digest');
    this.#state = 'end';
  }

  #torn(what: string): BackupError {
    return damaged(this.#where, what);
  }
}
