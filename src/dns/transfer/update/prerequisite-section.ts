/**
 * The prerequisite section of an UPDATE (RFC 2136 sections 2.4 and 3.2), which comes where the
 * answer section is. A record's class says what must be so:
 *
 *     class   type   RDATA
 *     ANY     ANY    empty      the name is in use             else NXDOMAIN
 *     ANY     T      empty      the RRset exists               else NXRRSET
 *     NONE    ANY    empty      the name is not in use         else YXDOMAIN
 *     NONE    T      empty      the RRset does not exist       else YXRRSET
 *     IN      T      the data   the RRset is these records     else NXRRSET
 *
 * Records of class IN are put together by name and type, and looked at after all others, as the
 * RFC's own program does (section 3.2.5). TTLs are zero.
 */
import { formatName, isAtOrBelow, type Name, nameKey } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { CLASS_ANY, CLASS_IN, CLASS_NONE, type ResourceRecord } from '#dns/wire/record.ts';
import type { Prerequisite } from '#dns/zonedb/change.ts';
import { malformed, outOfZone } from './update-error.ts';

type EqualRrset = { kind: 'rrset-equals'; owner: Name; type: number; rdatas: Uint8Array[] };

/**
 * The prerequisites in the order in which they count.
 * @param zone its class is IN
 * @throws UpdateError UPDATE_FORMERR, UPDATE_NOTZONE for the first record that breaks a rule
 */
export function readPrerequisiteSection(
  records: readonly ResourceRecord[],
  zone: Name,
): Prerequisite[] {
  const simple: Prerequisite[] = [];
  const equal = new Map<string, EqualRrset>();
  for (const [index, record] of records.entries()) {
    const { owner, type, rdata } = record;
    const place = `prerequisite ${index + 1} (${formatName(owner)})`;
    if (record.ttl !== 0) throw malformed(`${place}: a prerequisite has TTL 0`);
    if (!isAtOrBelow(owner, zone)) {
      throw outOfZone(`${place}: it is not in zone ${formatName(zone)}`);
    }
    if (record.class !== CLASS_IN) {
      simple.push(readSimple(record, place));
      continue;
    }
    const key = `${type} ${nameKey(owner)}`;
    const before = equal.get(key);
    if (before === undefined)
      equal.set(key, { kind: 'rrset-equals', owner, type, rdatas: [rdata] });
    else before.rdatas.push(rdata);
  }
  return [...simple, ...equal.values()];
}

function readSimple(record: ResourceRecord, place: string): Prerequisite {
  const { owner, type, class: rrclass, rdata } = record;
  if (rrclass !== CLASS_ANY && rrclass !== CLASS_NONE) {
    throw malformed(`${place}: class ${rrclass} is not one of IN, ANY and NONE`);
  }
  if (rdata.length > 0) throw malformed(`${place}: class ANY or NONE has no data`);
  if (type === TYPE.ANY) {
    return { kind: rrclass === CLASS_ANY ? 'name-in-use' : 'name-not-in-use', owner };
  }
  return { kind: rrclass === CLASS_ANY ? 'rrset-exists' : 'rrset-missing', owner, type };
}
