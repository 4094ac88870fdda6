/**
 * What may stand together at one name (RFC 1034 section 3.6.2, RFC 2181 section 10.1, RFC 6672
 * section 2.4), and which types may be written record by record at all. Message texts keep the
 * phrases that clients of the PowerDNS API look for.
 */
import { equalNames, type Name } from '#dns/wire/name.ts';
import { formatTypeCode } from '#dns/wire/rdata/registry.ts';
import { isMetaType, TYPE } from '#dns/wire/rdata/type-codes.ts';
import { ChangeError } from './change.ts';
import { formatPlace, isServed } from './stored-rrset.ts';
import type { DraftNode } from './zone-draft.ts';

/** Types that only the server itself, or nobody, may write record by record. */
const TYPES_REFUSED: ReadonlySet<number> = new Set([
  TYPE.RRSIG,
  TYPE.NSEC,
  TYPE.NSEC3,
  TYPE.NSEC3PARAM,
]);

/** May stand beside a CNAME (RFC 4034 section 2.5, RFC 2181 section 10.1). */
const BESIDE_CNAME: ReadonlySet<number> = new Set([TYPE.CNAME, TYPE.RRSIG, TYPE.NSEC, TYPE.KEY]);
const SINGLE_RECORD: ReadonlySet<number> = new Set([TYPE.CNAME, TYPE.DNAME, TYPE.SOA]);
const APEX_ONLY: ReadonlySet<number> = new Set([TYPE.SOA, TYPE.DNSKEY]);

/** Whether anybody may write records of a type. @throws ChangeError CHANGE_TYPE */
export function checkType(owner: Name, type: number): void {
  if (!isMetaType(type) && !TYPES_REFUSED.has(type)) return;
  throw new ChangeError('CHANGE_TYPE', `${formatPlace(owner, type)}: invalid type given`);
}

/** True if the two may not both be at one name because one of them is a CNAME. */
export function excludesOther(type: number, other: number): boolean {
  if (type === TYPE.CNAME) return !BESIDE_CNAME.has(other);
  return other === TYPE.CNAME && !BESIDE_CNAME.has(type);
}

/** True if a name has at most one record of the type. */
export function isSingle(type: number): boolean {
  return SINGLE_RECORD.has(type);
}

/**
 * An RRset whose records are all disabled excludes nothing: it is not there for anybody who asks,
 * and enabling it is a change that is checked.
 * @throws ChangeError CHANGE_CONFLICT
 */
export function checkNode(apex: Name, node: DraftNode): void {
  const present = node.rrsets.filter((rrset) => rrset.records.length > 0);
  const atApex = equalNames(node.owner, apex);
  const served = new Set(present.filter(isServed).map((rrset) => rrset.type));
  const fail = (type: number, what: string): never => {
    throw new ChangeError('CHANGE_CONFLICT', `${formatPlace(node.owner, type)}: ${what}`);
  };
  for (const { type, records } of present) {
    if (isSingle(type) && records.length > 1) fail(type, 'only one such record allowed');
    if (APEX_ONLY.has(type) && !atApex) fail(type, 'is only allowed at apex');
    if (type === TYPE.DS && atApex) fail(type, 'is not allowed at apex');
    if (served.has(TYPE.CNAME) && served.has(type) && !BESIDE_CNAME.has(type)) {
      const other = `conflicts with existing ${formatTypeCode(type)} RRset of the same name`;
      fail(TYPE.CNAME, `Conflicts with pre-existing RRset: ${other}`);
    }
  }
  if (served.has(TYPE.DNAME) && served.has(TYPE.NS) && !atApex) {
    fail(TYPE.DNAME, 'Cannot have both NS and DNAME except in zone apex');
  }
}
