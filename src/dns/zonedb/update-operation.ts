/**
 * The operations of DNS UPDATE (RFC 2136 section 3.4.2), with what they ignore in silence: a CNAME
 * beside other data and the reverse (a DNAME likewise, RFC 6672 section 5.2), an SOA that is not
 * newer, and whatever would take the SOA or the last NS from the apex. An UPDATE sees what clients
 * see: disabled records it neither finds nor removes.
 */
import { equalNames } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { compareSerials } from '#dns/zone/serial.ts';
import { soaSerial } from '#dns/zone/soa.ts';
import type { Operation, StoredRecord, StoredRrset } from './change.ts';
import { checkType, excludesOther, isSingle } from './check-node.ts';
import type { EditSet } from './edit-set.ts';
import {
  checkTtl,
  findRecord,
  isServed,
  keepIfAny,
  withoutRecord,
  withRecord,
} from './stored-rrset.ts';
import type { DraftNode, ZoneDraft } from './zone-draft.ts';

type UpdateKind = 'add' | 'remove-name' | 'remove-rrset' | 'remove-record';
export type UpdateOperation = Extract<Operation, { kind: UpdateKind }>;
type Addition = Extract<Operation, { kind: 'add' }>;
type Removal = Extract<Operation, { kind: 'remove-record' }>;

export function isUpdateOperation(operation: Operation): operation is UpdateOperation {
  return operation.kind === 'add' || operation.kind.startsWith('remove-');
}

/**
 * @param operation of an owner in the zone
 * @param index its place in the change
 * @throws ChangeError CHANGE_TYPE, CHANGE_TTL
 */
export function applyUpdateOperation(
  draft: ZoneDraft,
  edits: EditSet,
  operation: UpdateOperation,
  index: number,
): void {
  const node = draft.node(operation.owner);
  const atApex = equalNames(node.owner, draft.apex);
  switch (operation.kind) {
    case 'add':
      add(edits, node, operation, { atApex, index });
      break;
    case 'remove-record':
      removeRecord(edits, node, operation, { atApex, index });
      break;
    default:
      for (const rrset of node.rrsets) {
        const { type } = rrset;
        if (operation.kind === 'remove-rrset' && type !== operation.type) continue;
        if (atApex && (type === TYPE.SOA || type === TYPE.NS)) continue;
        edits.set(draft.again(node), type, rrset, withoutServed(rrset), index);
      }
  }
}

/** Of a step: whether it is about the apex, and its place in the change. */
interface Step {
  atApex: boolean;
  index: number;
}

function add(edits: EditSet, node: DraftNode, addition: Addition, { atApex, index }: Step): void {
  const { owner, type, ttl, rdata } = addition;
  checkType(owner, type);
  checkTtl(owner, type, ttl);
  const before = node.rrsets.find((rrset) => rrset.type === type);
  const kept = before ?? { type, ttl, records: [], comments: [] };
  if (type === TYPE.SOA) {
    const present = kept.records.find((record) => !record.disabled);
    if (!atApex || present === undefined) return;
    if (compareSerials(soaSerial(rdata), soaSerial(present.rdata)) <= 0) return;
    edits.serialGiven = true;
  }
  if (isExcluded(node, type)) return;
  edits.set(node, type, before, { ...kept, ttl, records: recordsWith(kept, rdata) }, index);
}

/** A record that is there stays as it is, in the case of its names too; a disabled one is none. */
function recordsWith({ type, records }: StoredRrset, rdata: Uint8Array): StoredRecord[] {
  const record = { rdata, disabled: false };
  if (isSingle(type)) return [record];
  const { at, found } = findRecord(type, records, rdata);
  return found && !records[at].disabled ? records : withRecord(type, records, record);
}

function isExcluded(node: DraftNode, type: number): boolean {
  return node.rrsets.filter(isServed).some(({ type: other }) => {
    if (other === type) return false;
    const dnameToo = type === TYPE.CNAME && other === TYPE.DNAME;
    return dnameToo || excludesOther(type, other);
  });
}

function removeRecord(
  edits: EditSet,
  node: DraftNode,
  { type, rdata }: Removal,
  { atApex, index }: Step,
): void {
  const before = node.rrsets.find((rrset) => rrset.type === type);
  if (before === undefined || (atApex && type === TYPE.SOA)) return;
  const { at, found } = findRecord(type, before.records, rdata);
  if (!found || before.records[at].disabled) return;
  const servedCount = before.records.filter((record) => !record.disabled).length;
  if (atApex && type === TYPE.NS && servedCount === 1) return;
  edits.set(node, type, before, withoutRecord(before, at), index);
}

/** The disabled records of an RRset; comments go with the last record. */
function withoutServed(rrset: StoredRrset): StoredRrset | undefined {
  const records = rrset.records.filter((record) => record.disabled);
  return keepIfAny({ ...rrset, records, comments: records.length === 0 ? [] : rrset.comments });
}
