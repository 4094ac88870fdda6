/**
 * Applies a change to a draft of its zone: precondition, operations in order, a check of every node
 * that they touched, the new serial. Nothing is written and nothing waits here: the outcome is the
 * list of RRsets before and after, the new SOA included.
 */
import { formatName, isAtOrBelow, type Name } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import type { Finding } from '#dns/zone/finding.ts';
import {
  type Change,
  ChangeError,
  type ChangeErrorDetail,
  type Operation,
  type RrsetEdit,
  type StoredRrset,
} from './change.ts';
import { checkNode, checkType } from './check-node.ts';
import { EditSet } from './edit-set.ts';
import { bumpSerial, type SerialRule } from './next-serial.ts';
import { checkPrecondition } from './precondition.ts';
import {
  checkTtl,
  findRecord,
  formatPlace,
  isServed,
  keepIfAny,
  sameServed,
  settleRrset,
  withoutRecord,
  withRecord,
} from './stored-rrset.ts';
import {
  applyUpdateOperation,
  isUpdateOperation,
  type UpdateOperation,
} from './update-operation.ts';
import type { ZoneDraft } from './zone-draft.ts';
import type { ZoneRow } from './zone-row.ts';

/** What a change makes of its zone. */
export interface AppliedChange {
  /** Empty: the zone already was as asked. */
  edits: RrsetEdit[];
  newSerial: number;
  warnings: Finding[];
  /** What else of the zone's row is another after it. */
  row?: Pick<Partial<ZoneRow>, 'signed' | 'signaturesExpireAt'>;
}

/** The part of a change that makes a version. */
export type ChangeOrder = Pick<Change, 'operations' | 'precondition'>;

/** Told of a mistake: throws it, which ends the work, or collects it. */
export type ErrorSink = (error: ChangeError) => void;

/** Names whose nodes a draft must have loaded before the change is applied to it. */
export function namesOf(apex: Name, { operations, precondition }: ChangeOrder): Name[] {
  const names = [apex, ...operations.map(({ owner }) => owner)];
  for (const { owner } of precondition?.prerequisites ?? []) names.push(owner);
  return names.filter((name) => isAtOrBelow(name, apex));
}

/**
 * @param draft receives the result; throw it away when an error was reported
 * @param report given ChangeError PRECONDITION_FAILED, CHANGE_SIGNED, CHANGE_OUT_OF_ZONE,
 *   CHANGE_TYPE, CHANGE_TTL, CHANGE_CONFLICT, CHANGE_SOA
 */
export function applyChange(
  draft: ZoneDraft,
  zone: ZoneRow,
  { operations, precondition }: ChangeOrder,
  rule: SerialRule,
  nowMs: number,
  report: ErrorSink,
): AppliedChange {
  const edits = new EditSet(draft);
  attempt(report, {}, () => {
    if (precondition !== undefined) checkPrecondition(draft, zone, precondition);
  });
  attempt(report, {}, () => checkUnsigned(zone));
  for (const [operation, asked] of operations.entries()) {
    attempt(report, { operation }, () => applyOperation(draft, edits, asked, operation));
  }
  for (const { node, operation } of edits.touched()) {
    attempt(report, { operation }, () => checkNode(draft.apex, draft.again(node)));
  }
  let newSerial = zone.serial;
  if (edits.changes().some((edit) => !sameServed(edit.before, edit.after))) {
    attempt(report, {}, () => {
      newSerial = bumpSerial(draft, zone, edits, rule, nowMs);
    });
  }
  const changes = edits.changes();
  return { edits: changes, newSerial, warnings: warningsOf(draft, changes) };
}

function attempt(report: ErrorSink, detail: ChangeErrorDetail, step: () => void): void {
  try {
    step();
  } catch (error) {
    if (!(error instanceof ChangeError)) throw error;
    report(error.within(detail));
  }
}

function checkUnsigned({ apex, signed }: ZoneRow): void {
  if (!signed) return;
  throw new ChangeError(
    'CHANGE_SIGNED',
    `zone ${formatName(apex)} was imported with its signatures and is served as it is: ` +
      'change it where it is signed and import it again',
  );
}

function applyOperation(
  draft: ZoneDraft,
  edits: EditSet,
  operation: Operation,
  index: number,
): void {
  const { owner } = operation;
  if (!isAtOrBelow(owner, draft.apex)) {
    if (operation.kind === 'delete') return;
    const what = 'type' in operation ? formatPlace(owner, operation.type) : formatName(owner);
    const detail = { rcode: 'NOTZONE' } as const;
    throw new ChangeError('CHANGE_OUT_OF_ZONE', `${what}: Name is out of zone`, detail);
  }
  if (isUpdateOperation(operation)) {
    applyUpdateOperation(draft, edits, operation, index);
    return;
  }
  const { type } = operation;
  checkType(owner, type);
  const node = draft.node(owner);
  const before = node.rrsets.find((rrset) => rrset.type === type);
  edits.set(node, type, before, wantedRrset(operation, before), index);
}

type EditOperation = Exclude<Operation, UpdateOperation>;

function wantedRrset(
  operation: EditOperation,
  before: StoredRrset | undefined,
): StoredRrset | undefined {
  const { owner, type } = operation;
  const kept = before ?? { type, ttl: 0, records: [], comments: [] };
  switch (operation.kind) {
    case 'delete':
      return undefined;
    case 'comment':
      return keepIfAny({ ...kept, comments: operation.comments });
    case 'extend': {
      const { record } = operation;
      if (findRecord(type, kept.records, record.rdata).found) return before;
      const ttl = extendedTtl(operation, kept);
      return { ...kept, ttl, records: withRecord(type, kept.records, record) };
    }
    case 'prune': {
      const { at, found } = findRecord(type, kept.records, operation.rdata);
      return found ? withoutRecord(kept, at) : before;
    }
    default: {
      const { ttl, records } = operation;
      const comments = operation.comments ?? (records.length === 0 ? [] : kept.comments);
      return settleRrset(owner, { type, ttl, records, comments });
    }
  }
}

/** One TTL per RRset (RFC 2181 section 5.2): a record joins a set at the set's own. */
function extendedTtl(operation: EditOperation & { kind: 'extend' }, kept: StoredRrset): number {
  const { owner, type, ttl } = operation;
  if (kept.records.length === 0) {
    if (ttl === undefined) {
      throw new ChangeError('CHANGE_TTL', `${formatPlace(owner, type)}: a new RRset needs a TTL`);
    }
    checkTtl(owner, type, ttl);
    return ttl;
  }
  if (ttl !== undefined && ttl !== kept.ttl) {
    const differs = `uses a different TTL value (${ttl}) than the RRset (${kept.ttl})`;
    throw new ChangeError('CHANGE_TTL', `${formatPlace(owner, type)}: ${differs}`);
  }
  return kept.ttl;
}

/** A zone may be left without name servers, as PowerDNS lets it, but not without a word. */
function warningsOf(draft: ZoneDraft, edits: readonly RrsetEdit[]): Finding[] {
  const { apex } = draft;
  const touchesNs = edits.some(
    ({ owner, type }) => type === TYPE.NS && owner.length === apex.length,
  );
  const ns = draft.node(apex).rrsets.find(({ type }) => type === TYPE.NS);
  if (!touchesNs || (ns !== undefined && isServed(ns))) return [];
  const message = `${formatPlace(apex, TYPE.NS)}: the zone has no name servers`;
  return [{ severity: 'warning', code: 'ZONE_NS_MISSING', owner: apex, type: TYPE.NS, message }];
}
