/**
 * Work on an RRset as it is stored. Its records stand in canonical order (RFC 4034 section 6.3),
 * each once, whatever the case of names in their RDATA (RFC 2181 section 5).
 */
import { equalBytes } from '#base/bytes.ts';
import { formatName, type Name } from '#dns/wire/name.ts';
import { formatTypeCode } from '#dns/wire/rdata/registry.ts';
import { TTL_MAX } from '#dns/wire/record.ts';
import { canonicalOrder, compareRdatas } from '#dns/zone/canonical-order.ts';
import { ChangeError, type StoredRecord, type StoredRrset } from './change.ts';

/** How messages name an RRset. */
export function formatPlace(owner: Name, type: number): string {
  return `RRset ${formatName(owner)} IN ${formatTypeCode(type)}`;
}

/**
 * What becomes of an RRset: records ordered and merged, `undefined` if nothing is left of it.
 * @throws ChangeError CHANGE_TTL (RFC 2181 section 8)
 */
export function settleRrset(owner: Name, rrset: StoredRrset): StoredRrset | undefined {
  checkTtl(owner, rrset.type, rrset.ttl);
  const records = canonicalOrder(rrset.type, rrset.records, (record) => record.rdata);
  return keepIfAny({ ...rrset, records });
}

/** @throws ChangeError CHANGE_TTL */
export function checkTtl(owner: Name, type: number, ttl: number): void {
  if (ttl <= TTL_MAX) return;
  throw new ChangeError(
    'CHANGE_TTL',
    `${formatPlace(owner, type)}: TTL ${ttl} is above ${TTL_MAX}`,
  );
}

/** `undefined` for an RRset without records and comments; without records it has no TTL. */
export function keepIfAny(rrset: StoredRrset): StoredRrset | undefined {
  if (rrset.records.length > 0) return rrset;
  return rrset.comments.length === 0 ? undefined : { ...rrset, ttl: 0 };
}

/** Where a record stands, or would stand: `found` tells which. */
export function findRecord(
  type: number,
  records: readonly StoredRecord[],
  rdata: Uint8Array,
): { at: number; found: boolean } {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = compareRdatas(type, records[middle].rdata, rdata);
    if (order === 0) return { at: middle, found: true };
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return { at: low, found: false };
}

/** The records with one more, or with another in the place of the same. */
export function withRecord(
  type: number,
  records: readonly StoredRecord[],
  record: StoredRecord,
): StoredRecord[] {
  const { at, found } = findRecord(type, records, record.rdata);
  const changed = [...records];
  changed.splice(at, found ? 1 : 0, record);
  return changed;
}

/** The RRset without the record at a place; its comments go with the last record. */
export function withoutRecord(rrset: StoredRrset, at: number): StoredRrset | undefined {
  const records = rrset.records.filter((_, index) => index !== at);
  return keepIfAny({ ...rrset, records, comments: records.length === 0 ? [] : rrset.comments });
}

/** True if clients are given anything of it. */
export function isServed(rrset: StoredRrset): boolean {
  return rrset.records.some((record) => !record.disabled);
}

/** The same octets, flags and comments. */
export function sameRrset(a: StoredRrset | undefined, b: StoredRrset | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a === b) return true;
  if (a.ttl !== b.ttl || a.records.length !== b.records.length) return false;
  for (const [index, { rdata, disabled }] of a.records.entries()) {
    const other = b.records[index];
    if (disabled !== other.disabled || !equalBytes(rdata, other.rdata)) return false;
  }
  return sameComments(a, b);
}

function sameComments(a: StoredRrset, b: StoredRrset): boolean {
  if (a.comments.length !== b.comments.length) return false;
  return a.comments.every(({ content, account, modifiedAt }, index) => {
    const other = b.comments[index];
    const sameText = content === other.content && account === other.account;
    return sameText && modifiedAt === other.modifiedAt;
  });
}

/** True if clients cannot tell the two apart. */
export function sameServed(a: StoredRrset | undefined, b: StoredRrset | undefined): boolean {
  const left = a?.records.filter((record) => !record.disabled) ?? [];
  const right = b?.records.filter((record) => !record.disabled) ?? [];
  if (left.length !== right.length) return false;
  if (left.length > 0 && a?.ttl !== b?.ttl) return false;
  return left.every(({ rdata }, index) => equalBytes(rdata, right[index].rdata));
}
