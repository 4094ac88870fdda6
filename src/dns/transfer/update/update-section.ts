/**
 * The update section of an UPDATE (RFC 2136 sections 2.5 and 3.4.1), which comes where the
 * authority section is. A record's class says what is to be done with it:
 *
 *     class   type   TTL   RDATA
 *     IN      any    any   the data   add to an RRset
 *     ANY     T      0     empty      delete an RRset
 *     ANY     ANY    0     empty      delete all RRsets of a name
 *     NONE    T      0     the data   delete a record from an RRset
 *
 * Every record is looked at before anything is done. A TTL with its highest bit set counts as zero
 * (RFC 2181 section 8), which the message reader sees to.
 */
import { formatName, isAtOrBelow, type Name } from '#dns/wire/name.ts';
import { formatTypeCode } from '#dns/wire/rdata/registry.ts';
import { isMetaType, TYPE } from '#dns/wire/rdata/type-codes.ts';
import { CLASS_ANY, CLASS_IN, CLASS_NONE, type ResourceRecord } from '#dns/wire/record.ts';
import type { Operation } from '#dns/zonedb/change.ts';
import { malformed, outOfZone } from './update-error.ts';
import type { UpdateTouch } from './update-policy.ts';

/** The operations that UPDATE has. */
export type UpdateOperation = Extract<
  Operation,
  { kind: 'add' | 'remove-name' | 'remove-rrset' | 'remove-record' }
>;

/**
 * The operations that the section asks for, in its order.
 * @param zone its class is IN
 * @throws UpdateError UPDATE_NOTZONE, UPDATE_FORMERR for the first record that breaks a rule
 */
export function readUpdateSection(
  records: readonly ResourceRecord[],
  zone: Name,
): UpdateOperation[] {
  return records.map((record, index) => {
    if (!isAtOrBelow(record.owner, zone)) {
      const outside = `${formatName(record.owner)} is not in zone ${formatName(zone)}`;
      throw outOfZone(`update ${index + 1}: ${outside}`);
    }
    return readUpdate(record, index);
  });
}

/** The places that operations would change, one for each. */
export function touchesOf(operations: readonly UpdateOperation[]): UpdateTouch[] {
  return operations.map((operation) => ({
    owner: operation.owner,
    type: operation.kind === 'remove-name' ? undefined : operation.type,
  }));
}

function readUpdate(record: ResourceRecord, index: number): UpdateOperation {
  const { owner, type, class: rrclass, ttl, rdata } = record;
  const fail = (what: string): never => {
    throw malformed(`update ${index + 1} (${formatName(owner)} ${formatTypeCode(type)}): ${what}`);
  };
  if (isMetaType(type) && !(type === TYPE.ANY && rrclass === CLASS_ANY)) {
    return fail('no zone holds records of this type');
  }
  switch (rrclass) {
    case CLASS_IN:
      return { kind: 'add', owner, type, ttl, rdata };
    case CLASS_ANY:
      if (ttl !== 0) return fail('a deletion has TTL 0');
      if (rdata.length > 0) return fail('a deletion of class ANY has no data');
      return type === TYPE.ANY
        ? { kind: 'remove-name', owner }
        : { kind: 'remove-rrset', owner, type };
    case CLASS_NONE:
      if (ttl !== 0) return fail('a deletion has TTL 0');
      return { kind: 'remove-record', owner, type, rdata };
    default:
      return fail(`class ${rrclass} is not one of IN, ANY and NONE`);
  }
}
