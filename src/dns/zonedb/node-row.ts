/**
 * The stored form of a node, layout 1: all RRsets of one owner name. The row's key holds the name
 * (lower case, canonical order), so the value does not.
 *
 *     u8 layout = 1
 *     u16 RRsets, each:
 *       u16 type | u32 ttl | u32 records, each: u8 flags (1 = disabled) | u16 size | RDATA
 *       u32 size of comments | comments as JSON (size 0: none)
 */
import { assert } from '#base/assert.ts';
import { asBuffer, asPlainBytes } from '#base/bytes.ts';
import { CodedError } from '#base/coded-error.ts';
import type { Name } from '#dns/wire/name.ts';
import type { Comment, StoredRecord, StoredRrset } from './change.ts';

/** A node by name. */
export interface StoredNode {
  owner: Name;
  /** In order of type. */
  rrsets: StoredRrset[];
}

export const NODE_ROW_LAYOUT = 1;
export const NODE_ROW_FLAG_DISABLED = 1;

/** RRsets in order of type. */
export function formatNodeRow(rrsets: readonly StoredRrset[]): Uint8Array {
  const row = Buffer.allocUnsafe(nodeRowSize(rrsets));
  const end = writeNodeRow(rrsets, row, 0);
  assert(end === row.length, 'a node row is as long as was reckoned');
  return row;
}

/** Octets of a node row. */
export function nodeRowSize(rrsets: readonly StoredRrset[]): number {
  let size = 3;
  for (const { records, comments } of rrsets) {
    size += 14 + formatComments(comments).length;
    for (const { rdata } of records) size += 3 + rdata.length;
  }
  return size;
}

/** @returns where the row ends */
export function writeNodeRow(rrsets: readonly StoredRrset[], row: Buffer, start: number): number {
  row[start] = NODE_ROW_LAYOUT;
  let at = row.writeUInt16BE(rrsets.length, start + 1);
  for (const { type, ttl, records, comments } of rrsets) {
    row.writeUInt16BE(type, at);
    row.writeUInt32BE(ttl, at + 2);
    row.writeUInt32BE(records.length, at + 6);
    at += 10;
    for (const { rdata, disabled } of records) {
      row[at] = disabled ? NODE_ROW_FLAG_DISABLED : 0;
      row.writeUInt16BE(rdata.length, at + 1);
      row.set(rdata, at + 3);
      at += 3 + rdata.length;
    }
    const text = formatComments(comments);
    at = row.writeUInt32BE(text.length, at);
    row.set(text, at);
    at += text.length;
  }
  return at;
}

const NO_OCTETS = Buffer.alloc(0);

function formatComments(comments: readonly Comment[]): Buffer {
  return comments.length === 0 ? NO_OCTETS : Buffer.from(JSON.stringify(comments));
}

/**
 * The RDATA are views of `value`, which must not be changed.
 * @throws CodedError STORE_LAYOUT for a layout that this version does not know
 */
export function parseNodeRow(value: Uint8Array): StoredRrset[] {
  const row = asBuffer(value);
  const octets = asPlainBytes(value);
  if (row[0] !== NODE_ROW_LAYOUT) {
    throw new CodedError(
      'STORE_LAYOUT',
      `a node row has layout ${row[0]}, and this version of Holdfast reads ${NODE_ROW_LAYOUT}`,
    );
  }
  const rrsets: StoredRrset[] = [];
  let at = 3;
  for (let left = row.readUInt16BE(1); left > 0; left--) {
    const type = row.readUInt16BE(at);
    const ttl = row.readUInt32BE(at + 2);
    const count = row.readUInt32BE(at + 6);
    at += 10;
    const records: StoredRecord[] = [];
    for (let record = 0; record < count; record++) {
      const disabled = (row[at] & NODE_ROW_FLAG_DISABLED) !== 0;
      const end = at + 3 + row.readUInt16BE(at + 1);
      records.push({ rdata: octets.subarray(at + 3, end), disabled });
      at = end;
    }
    const end = at + 4 + row.readUInt32BE(at);
    const comments: Comment[] =
      end === at + 4 ? [] : (JSON.parse(row.toString('utf8', at + 4, end)) as Comment[]);
    at = end;
    rrsets.push({ type, ttl, records, comments });
  }
  return rrsets;
}

/** Records of a node, disabled ones counted. */
export function recordCount(rrsets: readonly StoredRrset[]): number {
  return rrsets.reduce((count, rrset) => count + rrset.records.length, 0);
}
