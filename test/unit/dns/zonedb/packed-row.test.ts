/** Packed rows are node rows: what one writes the other reads, octet for octet. */
import { describe, expect, it } from 'vitest';
import { parseName } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { PackedNode } from '#dns/zone/packed-node.ts';
import type { StoredRrset } from '#dns/zonedb/change.ts';
import { formatNodeRow, parseNodeRow } from '#dns/zonedb/node-row.ts';
import { formatPackedRow, readPackedRow } from '#dns/zonedb/packed-row.ts';

const OWNER = parseName('www.example.');
const octets = (...values: number[]): Uint8Array => Uint8Array.from(values);

function stored(type: number, ttl: number, ...rdatas: Uint8Array[]): StoredRrset {
  const records = rdatas.map((rdata) => ({ rdata, disabled: false }));
  return { type, ttl, records, comments: [] };
}

const RRSETS = [
  stored(TYPE.A, 3_000_000_000, octets(192, 0, 2, 1), octets(192, 0, 2, 2)),
  stored(TYPE.TXT, 60, octets(0), new Uint8Array(300).fill(7)),
];

function packed(rrsets: readonly StoredRrset[]): PackedNode {
  const node = new PackedNode();
  node.begin(OWNER, 0, OWNER.length);
  for (const { type, ttl, records } of rrsets) {
    for (const { rdata } of records) node.add(type, ttl, rdata, 0, rdata.length);
  }
  node.order();
  return node;
}

describe('a packed row', () => {
  it('is the row of the same RRsets', () => {
    expect(formatPackedRow(packed(RRSETS))).toEqual(new Uint8Array(formatNodeRow(RRSETS)));
    expect(parseNodeRow(formatPackedRow(packed(RRSETS)))).toEqual(RRSETS);
  });

  it('is read without what is disabled, and without comments', () => {
    const [addresses, text] = structuredClone(RRSETS);
    addresses.records[0].disabled = true;
    text.comments.push({ content: 'c', account: 'a', modifiedAt: 1 });
    const row = formatNodeRow([addresses, text]);
    const node = new PackedNode();
    expect(readPackedRow(row, OWNER, node)).toBe(4);
    expect(node.count).toBe(3);
    expect(node.rdata(0)).toEqual(octets(192, 0, 2, 2));
    expect(node.rdata(2)).toHaveLength(300);
    expect([...node.ttls.subarray(0, 3)]).toEqual([3_000_000_000, 60, 60]);
    expect(node.owner).toEqual(OWNER);
  });

  it('of a layout that is not known is refused', () => {
    const row = formatPackedRow(packed(RRSETS));
    row[0] = 9;
    expect(() => readPackedRow(row, OWNER, new PackedNode())).toThrow(
      expect.objectContaining({ code: 'STORE_LAYOUT' }),
    );
  });
});
