/**
 * Node rows (`node-row.ts` draws them) to and from packed nodes: the way of whole zones, where an
 * object per record would cost more than the record. What a master file says has no comments and
 * no disabled records.
 */
import { CodedError } from '#base/coded-error.ts';
import type { Name } from '#dns/wire/name.ts';
import type { PackedNode } from '#dns/zone/packed-node.ts';
import { NODE_ROW_FLAG_DISABLED, NODE_ROW_LAYOUT } from './node-row.ts';

/** The row of an ordered node. */
export function formatPackedRow(node: PackedNode): Uint8Array {
  const { octets, types, ttls, starts, sizes, count } = node;
  let size = 3;
  let rrsets = 0;
  for (let from = 0; from < count; from = node.rrsetEnd(from)) rrsets += 1;
  for (let record = 0; record < count; record++) size += 3 + sizes[record];
  const row = new Uint8Array(size + rrsets * 14);
  row[0] = NODE_ROW_LAYOUT;
  row[1] = rrsets >>> 8;
  row[2] = rrsets;
  let at = 3;
  for (let from = 0; from < count; ) {
    const end = node.rrsetEnd(from);
    row[at] = types[from] >>> 8;
    row[at + 1] = types[from];
    writeU32(row, at + 2, ttls[from]);
    writeU32(row, at + 6, end - from);
    at += 10;
    for (let record = from; record < end; record++) {
      const start = starts[record];
      const rdataSize = sizes[record];
      row[at + 1] = rdataSize >>> 8;
      row[at + 2] = rdataSize;
      at += 3;
      for (let step = 0; step < rdataSize; step++) row[at + step] = octets[start + step];
      at += rdataSize;
    }
    // No comments: the four octets of their size stay zero.
    at += 4;
    from = end;
  }
  return row;
}

/**
 * Fills a node with the records of a row that are served.
 * @returns how many records the row holds, disabled ones counted
 * @throws CodedError STORE_LAYOUT for a layout that this version does not know
 */
export function readPackedRow(row: Uint8Array, owner: Name, node: PackedNode): number {
  if (row[0] !== NODE_ROW_LAYOUT) {
    throw new CodedError(
      'STORE_LAYOUT',
      `a node row has layout ${row[0]}, and this version of Holdfast reads ${NODE_ROW_LAYOUT}`,
    );
  }
  node.begin(owner, 0, owner.length);
  let records = 0;
  let at = 3;
  for (let left = (row[1] << 8) | row[2]; left > 0; left--) {
    const type = (row[at] << 8) | row[at + 1];
    const ttl = readU32(row, at + 2);
    const count = readU32(row, at + 6);
    records += count;
    at += 10;
    for (let record = 0; record < count; record++) {
      const size = (row[at + 1] << 8) | row[at + 2];
      if ((row[at] & NODE_ROW_FLAG_DISABLED) === 0) node.add(type, ttl, row, at + 3, size);
      at += 3 + size;
    }
    at += 4 + readU32(row, at);
  }
  return records;
}

function writeU32(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value >>> 24;
  octets[at + 1] = value >>> 16;
  octets[at + 2] = value >>> 8;
  octets[at + 3] = value;
}

function readU32(octets: Uint8Array, at: number): number {
  return (
    ((octets[at] << 24) | (octets[at + 1] << 16) | (octets[at + 2] << 8) | octets[at + 3]) >>> 0
  );
}
