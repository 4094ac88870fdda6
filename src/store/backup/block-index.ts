/**
 * What an incremental backup is made by: a store's rows in key order, cut into blocks of some 64
 * neighbours, and a hash of each block. Two indexes tell which key ranges differ between two
 * moments without either moment's rows at hand, and without any part of the product having to say
 * what it changed.
 *
 *     keys   a b c | d e f g | h i        a block begins at a key whose CRC-32 says so, and so
 *     block  ---0- | ---1--- | -2-        the borders stay where they are when rows come and go
 *
 * Blocks cover the whole key space: one whose rows all vanished shows as a difference of the block
 * that now reaches over its keys. The hash is SHA-256, cut to 16 octets: strangers choose what
 * zones hold, and must not be able to choose a change that nobody notices.
 */
import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { compareBytes, equalBytes } from '#base/bytes.ts';
import { addRow } from '../digest.ts';
import type { Entry, KeyValueReader } from '../key-value-store.ts';
import { type KeyRange, wholeRange } from '../keyspace.ts';
import { emptyTotals, type RowTotals } from './row-stream.ts';

/** Rows of a block, on average. */
const BLOCK_ROWS = 64;
/** A block that grew to so many octets ends whatever the next key is. */
const BLOCK_OCTETS_MAX = 1 << 20;
export const HASH_SIZE = 16;
/** About 100 octets a block: a store of 20 million rows. Beyond there is no index. */
const INDEX_BLOCKS_MAX = 500_000;

/** Neighbours, up to where the next block begins. */
export interface Block {
  /** The first key that belongs to it, whether there is such a row or not. */
  readonly from: Uint8Array;
  /** Of its rows, `HASH_SIZE` octets. */
  readonly hash: Uint8Array;
}

export class BlockIndex {
  readonly #blocks: readonly Block[];

  constructor(blocks: readonly Block[]) {
    this.#blocks = blocks;
  }

  /** In the order of their keys. */
  get blocks(): readonly Block[] {
    return this.#blocks;
  }

  /** The key ranges, ascending and apart, in which rows may differ from those of `earlier`. */
  changedSince(earlier: BlockIndex): KeyRange[] {
    const changed: { from: Uint8Array; to: Uint8Array }[] = [];
    let at = 0;
    for (const [index, block] of this.#blocks.entries()) {
      while (
        at < earlier.#blocks.length &&
        compareBytes(earlier.#blocks[at].from, block.from) < 0
      ) {
        at += 1;
      }
      if (this.#isSame(index, earlier, at)) continue;
      const { from } = block;
      const to = this.#endOf(index);
      const last = changed.at(-1);
      if (last !== undefined && equalBytes(last.to, from)) last.to = to;
      else changed.push({ from, to });
    }
    return changed;
  }

  #isSame(index: number, earlier: BlockIndex, at: number): boolean {
    if (at === earlier.#blocks.length) return false;
    const block = this.#blocks[index];
    const other = earlier.#blocks[at];
    return (
      equalBytes(block.from, other.from) &&
      equalBytes(block.hash, other.hash) &&
      equalBytes(this.#endOf(index), earlier.#endOf(at))
    );
  }

  #endOf(index: number): Uint8Array {
    return index + 1 < this.#blocks.length ? this.#blocks[index + 1].from : wholeRange().to;
  }
}

/** All rows of one moment, counted, digested and indexed. */
export interface RowSurvey {
  readonly totals: RowTotals;
  /** `undefined` for a store of too many rows: its backups are full ones. */
  readonly index: BlockIndex | undefined;
}

/** Reads every row once. @throws StoreError STORE_DAMAGED */
export async function surveyRows(reader: KeyValueReader): Promise<RowSurvey> {
  const totals = emptyTotals();
  const builder = new IndexBuilder();
  const { from, to } = wholeRange();
  for await (const rows of reader.range(from, to)) {
    for (const row of rows) {
      builder.add(row);
      addRow(totals.digest, row.key, row.value);
    }
    totals.rows += rows.length;
  }
  return { totals, index: builder.finish() };
}

class IndexBuilder {
  readonly #blocks: Block[] = [];
  #from: Uint8Array = wholeRange().from;
  #scratch = Buffer.allocUnsafe(2 * BLOCK_OCTETS_MAX);
  #size = 0;

  add({ key, value }: Entry): void {
    const isBorder = crc32(key) % BLOCK_ROWS === 0 || this.#size >= BLOCK_OCTETS_MAX;
    if (isBorder && this.#size > 0) {
      this.#endBlock();
      this.#from = Uint8Array.from(key);
    }
    const end = this.#size + 8 + key.length + value.length;
    if (end > this.#scratch.length) {
      const larger = Buffer.allocUnsafe(2 * end);
      this.#scratch.copy(larger, 0, 0, this.#size);
      this.#scratch = larger;
    }
    const at = this.#scratch.writeUInt32BE(
      value.length,
      this.#scratch.writeUInt32BE(key.length, this.#size),
    );
    this.#scratch.set(key, at);
    this.#scratch.set(value, at + key.length);
    this.#size = end;
  }

  finish(): BlockIndex | undefined {
    this.#endBlock();
    return this.#blocks.length > INDEX_BLOCKS_MAX ? undefined : new BlockIndex(this.#blocks);
  }

  #endBlock(): void {
    const digest = hash('sha256', this.#scratch.subarray(0, this.#size), 'buffer');
    this.#size = 0;
    if (this.#blocks.length > INDEX_BLOCKS_MAX) return;
    this.#blocks.push({ from: this.#from, hash: digest.subarray(0, HASH_SIZE) });
  }
}
