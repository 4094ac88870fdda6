/**
 * The canonical order of the records of one RRset (RFC 4034 section 6.3): by the octets of their
 * RDATA in canonical form, and records that are equal in that form are one record (RFC 2181
 * section 5). The form folds the case of embedded names for the types that RFC 4034 section 6.2
 * lists; the records themselves keep the case that they were given.
 */
import { compareBytes } from '#base/bytes.ts';
import { canonicalRdata, findType } from '#dns/wire/rdata/registry.ts';

/** Negative, zero (one and the same record) or positive. */
export function compareRdatas(type: number, a: Uint8Array, b: Uint8Array): number {
  if (!foldsNames(type)) return compareBytes(a, b);
  return compareBytes(canonicalRdata(type, a), canonicalRdata(type, b));
}

/**
 * A new list in canonical order, of records that are the same only the first.
 * @param rdataOf the uncompressed RDATA of an item
 */
export function canonicalOrder<T>(
  type: number,
  items: readonly T[],
  rdataOf: (item: T) => Uint8Array,
): T[] {
  if (items.length < 2) return [...items];
  const folds = foldsNames(type);
  const keyed = items.map((item) => {
    const rdata = rdataOf(item);
    return { item, key: folds ? canonicalRdata(type, rdata) : rdata };
  });
  keyed.sort((a, b) => compareBytes(a.key, b.key));
  return keyed
    .filter(({ key }, index) => index === 0 || compareBytes(key, keyed[index - 1].key) !== 0)
    .map(({ item }) => item);
}

/** True if the canonical form of the type's RDATA may differ from the RDATA. */
export function foldsNames(type: number): boolean {
  return findType(type)?.foldsNames ?? false;
}
