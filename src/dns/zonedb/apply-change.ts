/**
 * Applies the operations of one change to a draft of its zone and checks the result at every node
 * that they touched (RFC 1034 section 3.6.2, RFC 2181 section 10.1, RFC 6672 section 2.4). Nothing
 * is written here: the outcome is the list of RRsets before and after, the new SOA included.
 * Message texts keep the phrases that clients of the PowerDNS API look for.
 */
import { equalBytes, latin1 } from '#base/bytes.ts';
import { equalNames, formatName, isAtOrBelow, type Name, sortKey } from '#dns/wire/name.ts';
import { formatTypeCode } from '#dns/wire/rdata/registry.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { TTL_MAX } from '#dns/wire/record.ts';
import { canonicalOrder, compareRdatas } from '#dns/zone/canonical-order.ts';
import { compareSerials, nextSerial } from '#dns/zone/serial.ts';
import { replaceSoaSerial, soaSerial } from '#dns/zone/soa.ts';
import { ChangeError, type Operation, type RrsetEdit, type StoredRrset } from './change.ts';
import { formatNodeRow } from './node-row.ts';
import type { DraftNode, ZoneDraft } from './zone-draft.ts';
import type { ZoneRow } from './zone-row.ts';

/** What a change makes of its zone. */
export interface AppliedChange {
  /** Empty: the zone already was as asked. */
  edits: RrsetEdit[];
  newSerial: number;
}

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

/**
 * @param draft receives the result; throw it away when this rejects
 * @throws ChangeError CHANGE_SIGNED, CHANGE_OUT_OF_ZONE, CHANGE_TYPE, CHANGE_TTL, CHANGE_CONFLICT,
 *   CHANGE_SOA
 */
export async function applyChange(
  draft: ZoneDraft,
  zone: ZoneRow,
  operations: readonly Operation[],
  nowMs: number,
): Promise<AppliedChange> {
  if (zone.signed) {
    throw new ChangeError(
      'CHANGE_SIGNED',
      `zone ${formatName(zone.apex)} was imported with its signatures and is served as it is: ` +
        'change it where it is signed and import it again',
    );
  }
  const edits = new Map<string, RrsetEdit>();
  for (const operation of operations) {
    if (isUpdateOperation(operation)) throw new Error('not built yet');
    await applyOperation(draft, edits, operation);
  }
  for (const { owner } of edits.values()) checkNode(draft.apex, await draft.node(owner));
  for (const [key, edit] of edits) if (sameRrset(edit.before, edit.after)) edits.delete(key);
  const served = [...edits.values()].some((edit) => !sameServed(edit.before, edit.after));
  const newSerial = served ? await bumpSerial(draft, zone, edits, nowMs) : zone.serial;
  return { edits: [...edits.values()], newSerial };
}

type UpdateOperation = Extract<
  Operation,
  { kind: 'add' | 'remove-name' | 'remove-rrset' | 'remove-record' }
>;

function isUpdateOperation(operation: Operation): operation is UpdateOperation {
  return operation.kind === 'add' || operation.kind.startsWith('remove-');
}

async function applyOperation(
  draft: ZoneDraft,
  edits: Map<string, RrsetEdit>,
  operation: Exclude<Operation, UpdateOperation>,
): Promise<void> {
  const { owner, type } = operation;
  if (!isAtOrBelow(owner, draft.apex)) {
    if (operation.kind === 'delete') return;
    throw new ChangeError('CHANGE_OUT_OF_ZONE', `${place(owner, type)}: Name is out of zone`);
  }
  checkType(owner, type);
  const node = await draft.node(owner);
  const before = node.rrsets.find((rrset) => rrset.type === type);
  const after = wantedRrset(operation, before);
  draft.setRrset(node, type, after);
  const key = `${type} ${latin1(sortKey(owner, draft.apex))}`;
  const earlier = edits.get(key);
  const atFirst = earlier === undefined ? before : earlier.before;
  edits.set(key, { owner: node.owner, type, before: atFirst, after });
}

/** Whether anybody may write records of a type. @throws ChangeError CHANGE_TYPE */
export function checkType(owner: Name, type: number): void {
  const isMeta = type === 0 || type === TYPE.OPT || (type >= 128 && type <= 255);
  if (isMeta || TYPES_REFUSED.has(type)) {
    throw new ChangeError('CHANGE_TYPE', `${place(owner, type)}: invalid type given`);
  }
}

function wantedRrset(
  operation: Exclude<Operation, UpdateOperation>,
  before: StoredRrset | undefined,
): StoredRrset | undefined {
  const { owner, type } = operation;
  if (operation.kind === 'delete') return undefined;
  const kept = before ?? { type, ttl: 0, records: [], comments: [] };
  switch (operation.kind) {
    case 'comment':
      return emptyToNone({ ...kept, comments: operation.comments });
    case 'extend': {
      if (
        kept.records.some(({ rdata }) => compareRdatas(type, rdata, operation.record.rdata) === 0)
      )
        return before;
      const ttl = extendedTtl(operation, kept);
      return rrsetOf(owner, { ...kept, ttl, records: [...kept.records, operation.record] });
    }
    case 'prune': {
      const records = kept.records.filter(
        ({ rdata }) => compareRdatas(type, rdata, operation.rdata) !== 0,
      );
      return records.length === kept.records.length
        ? before
        : rrsetOf(owner, { ...kept, records, comments: records.length === 0 ? [] : kept.comments });
    }
    default: {
      const { ttl, records } = operation;
      const comments = operation.comments ?? (records.length === 0 ? [] : kept.comments);
      return rrsetOf(owner, { type, ttl, records, comments });
    }
  }
}

/** One TTL per RRset (RFC 2181 section 5.2): a record joins a set at the set's own. */
function extendedTtl(operation: Operation & { kind: 'extend' }, kept: StoredRrset): number {
  const { owner, type, ttl } = operation;
  if (kept.records.length === 0) {
    if (ttl !== undefined) return ttl;
    throw new ChangeError('CHANGE_TTL', `${place(owner, type)}: a new RRset needs a TTL`);
  }
  if (ttl !== undefined && ttl !== kept.ttl) {
    throw new ChangeError(
      'CHANGE_TTL',
      `${place(owner, type)}: uses a different TTL value (${ttl}) than the RRset (${kept.ttl})`,
    );
  }
  return kept.ttl;
}

/** Orders and merges the records and checks the TTL (RFC 2181 section 8). */
function rrsetOf(owner: Name, rrset: StoredRrset): StoredRrset | undefined {
  const { type, ttl } = rrset;
  if (ttl > TTL_MAX) {
    throw new ChangeError('CHANGE_TTL', `${place(owner, type)}: TTL ${ttl} is above ${TTL_MAX}`);
  }
  const records = canonicalOrder(type, rrset.records, (record) => record.rdata);
  return emptyToNone({ ...rrset, ttl: records.length === 0 ? 0 : ttl, records });
}

function emptyToNone(rrset: StoredRrset): StoredRrset | undefined {
  return rrset.records.length === 0 && rrset.comments.length === 0 ? undefined : rrset;
}

function checkNode(apex: Name, node: DraftNode): void {
  const present = node.rrsets.filter((rrset) => rrset.records.length > 0);
  const atApex = equalNames(node.owner, apex);
  const types = new Set(present.map((rrset) => rrset.type));
  const fail = (type: number, what: string): never => {
    throw new ChangeError('CHANGE_CONFLICT', `${place(node.owner, type)}: ${what}`);
  };
  for (const { type, records } of present) {
    if (SINGLE_RECORD.has(type) && records.length > 1) {
      fail(type, 'only one such record allowed');
    }
    if (APEX_ONLY.has(type) && !atApex) fail(type, 'is only allowed at apex');
    if (type === TYPE.DS && atApex) fail(type, 'is not allowed at apex');
    if (types.has(TYPE.CNAME) && !BESIDE_CNAME.has(type)) {
      const other = `conflicts with existing ${formatTypeCode(type)} RRset of the same name`;
      fail(TYPE.CNAME, `Conflicts with pre-existing RRset: ${other}`);
    }
  }
  if (types.has(TYPE.DNAME) && types.has(TYPE.NS) && !atApex) {
    fail(TYPE.DNAME, 'Cannot have both NS and DNAME except in zone apex');
  }
}

/** Gives the SOA its next serial and records that edit; the SOA must be there and enabled. */
async function bumpSerial(
  draft: ZoneDraft,
  zone: ZoneRow,
  edits: Map<string, RrsetEdit>,
  nowMs: number,
): Promise<number> {
  const apex = await draft.node(draft.apex);
  const soa = apex.rrsets.find((rrset) => rrset.type === TYPE.SOA);
  const record = soa?.records[0];
  if (soa === undefined || record === undefined || record.disabled) {
    throw new ChangeError(
      'CHANGE_SOA',
      `${place(draft.apex, TYPE.SOA)}: a zone must keep its SOA record`,
    );
  }
  const submitted = soaSerial(record.rdata);
  const newSerial = chooseSerial(zone, submitted, nowMs);
  const after: StoredRrset = {
    ...soa,
    records: [{ rdata: replaceSoaSerial(record.rdata, newSerial), disabled: false }],
  };
  const key = `${TYPE.SOA} `;
  const submittedEdit = edits.get(key);
  const before = submittedEdit === undefined ? soa : submittedEdit.before;
  draft.setRrset(apex, TYPE.SOA, after);
  edits.set(key, { owner: draft.apex, type: TYPE.SOA, before, after });
  return newSerial;
}

/**
 * The rule of the zone's SOA-EDIT-API applied to the submitted serial; never one that secondaries
 * would not follow (RFC 1982), unless the zone's owner keeps the serial by hand.
 */
function chooseSerial(zone: ZoneRow, submitted: number, nowMs: number): number {
  const style = zone.settings.soaEditApi.toUpperCase();
  if (style !== 'DEFAULT' && style !== 'INCREASE' && style !== 'EPOCH') return submitted;
  const next = nextSerial(style, submitted, nowMs);
  return compareSerials(next, zone.serial) > 0 ? next : nextSerial(style, zone.serial, nowMs);
}

function sameRrset(a: StoredRrset | undefined, b: StoredRrset | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return equalBytes(formatNodeRow([a]), formatNodeRow([b]));
}

/** True if clients cannot tell the two apart: disabled records and comments do not count. */
function sameServed(a: StoredRrset | undefined, b: StoredRrset | undefined): boolean {
  return sameRrset(servedPart(a), servedPart(b));
}

function servedPart(rrset: StoredRrset | undefined): StoredRrset | undefined {
  const records = rrset?.records.filter((record) => !record.disabled) ?? [];
  return rrset === undefined || records.length === 0
    ? undefined
    : { ...rrset, records, comments: [] };
}

function place(owner: Name, type: number): string {
  return `RRset ${formatName(owner)} IN ${formatTypeCode(type)}`;
}
