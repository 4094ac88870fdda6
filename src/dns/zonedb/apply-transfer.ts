/**
 * Applies an incremental transfer (RFC 1995 section 4) to a draft of its zone. The primary's
 * serials stay as they are. A step that does not fit what is there (a record that goes and is not
 * there, or comes and is) means that the two zones differ: it is refused, and the whole zone must
 * be asked for.
 */
import { equalNames, formatName, isAtOrBelow, type Name } from '#dns/wire/name.ts';
import { isMetaType, TYPE } from '#dns/wire/rdata/type-codes.ts';
import { compareSerials } from '#dns/zone/serial.ts';
import { soaSerial } from '#dns/zone/soa.ts';
import type { AppliedChange, ErrorSink } from './apply-change.ts';
import { ChangeError, type ChangeErrorDetail } from './change.ts';
import { checkNode } from './check-node.ts';
import { EditSet } from './edit-set.ts';
import { getSoa } from './next-serial.ts';
import { signatureExpiry } from './signature-expiry.ts';
import { findRecord, formatPlace, withoutRecord, withRecord } from './stored-rrset.ts';
import type { ZoneDraft } from './zone-draft.ts';
import type { ZoneRow } from './zone-row.ts';
import type { TransferEdit, ZoneTransfer } from './zone-transfer.ts';

/** Names whose nodes a draft must have loaded before the transfer is applied to it. */
export function transferNames(apex: Name, { edits }: ZoneTransfer): Name[] {
  return [apex, ...edits.map(({ owner }) => owner).filter((name) => isAtOrBelow(name, apex))];
}

/**
 * @param draft receives the result; throw it away when an error was reported
 * @param report given ChangeError TRANSFER_SERIAL, TRANSFER_INVALID
 */
export function applyTransfer(
  draft: ZoneDraft,
  zone: ZoneRow,
  transfer: ZoneTransfer,
  report: ErrorSink,
): AppliedChange {
  const edits = new EditSet(draft);
  const signatures = new SignatureWatch(zone);
  try {
    checkSerials(zone, transfer);
    for (const [index, edit] of transfer.edits.entries()) {
      applyEdit(draft, edits, edit, index);
      signatures.see(edit);
    }
    for (const { node } of edits.touched()) checkNode(draft.apex, draft.again(node));
    checkEnd(draft, transfer);
  } catch (error) {
    if (!(error instanceof ChangeError)) throw error;
    report(error.code === 'TRANSFER_SERIAL' ? error : invalid(error.message, error.detail));
  }
  const row = signatures.outcome();
  return { edits: edits.changes(), newSerial: transfer.toSerial, warnings: [], row };
}

function checkSerials(zone: ZoneRow, { fromSerial, toSerial }: ZoneTransfer): void {
  const name = formatName(zone.apex);
  const { serial } = zone;
  const what = `the transfer of zone ${name}`;
  if (serial !== fromSerial) {
    const message = `${what} begins at serial ${fromSerial}, and ${serial} is here`;
    throw new ChangeError('TRANSFER_SERIAL', message, { serial });
  }
  if (compareSerials(toSerial, fromSerial) <= 0) {
    const message = `${what} leads from serial ${fromSerial} back to ${toSerial}`;
    throw new ChangeError('TRANSFER_SERIAL', message, { serial });
  }
}

function applyEdit(draft: ZoneDraft, edits: EditSet, edit: TransferEdit, index: number): void {
  const { kind, owner, type, ttl, rdata } = edit;
  const fail = (what: string): never => {
    throw invalid(`${formatPlace(owner, type)}: ${what}`, { operation: index });
  };
  if (!isAtOrBelow(owner, draft.apex)) fail('the name is not in the zone');
  if (isMetaType(type)) fail('no zone can hold this type');
  const node = draft.node(owner);
  const before = node.rrsets.find((rrset) => rrset.type === type);
  const records = before?.records ?? [];
  const { at, found } = findRecord(type, records, rdata);
  if (kind === 'remove') {
    if (before === undefined || !found) return fail('a record goes that is not here');
    edits.set(node, type, before, withoutRecord(before, at), index);
    return;
  }
  if (found) fail('a record comes that is here already');
  const record = { rdata, disabled: false };
  const isSoa = type === TYPE.SOA && equalNames(owner, draft.apex);
  const after = isSoa ? [record] : withRecord(type, records, record);
  const comments = before?.comments ?? [];
  edits.set(node, type, before, { type, ttl, records: after, comments }, index);
}

function checkEnd(draft: ZoneDraft, { toSerial }: ZoneTransfer): void {
  const serial = soaSerial(getSoa(draft).rdata);
  if (serial === toSerial) return;
  throw invalid(`the transfer ends with an SOA of serial ${serial}, and not with ${toSerial}`);
}

function invalid(message: string, detail: ChangeErrorDetail = {}): ChangeError {
  return new ChangeError('TRANSFER_INVALID', message, detail);
}

/** Keeps what the zone's row says of its signatures. */
class SignatureWatch {
  #signed: boolean;
  #expireAt: number | undefined;

  constructor(zone: ZoneRow) {
    this.#signed = zone.signed;
    this.#expireAt = zone.signed ? zone.signaturesExpireAt : Number.POSITIVE_INFINITY;
  }

  see({ kind, type, rdata }: TransferEdit): void {
    if (type !== TYPE.RRSIG) return;
    const expireAt = signatureExpiry(rdata, 0);
    if (kind === 'add') {
      this.#signed = true;
      if (this.#expireAt !== undefined) this.#expireAt = Math.min(this.#expireAt, expireAt);
    } else if (expireAt === this.#expireAt) {
      // Which is now the first would take reading all of them: it is not known.
      this.#expireAt = undefined;
    }
  }

  outcome(): AppliedChange['row'] {
    if (!this.#signed) return {};
    return { signed: true, signaturesExpireAt: this.#expireAt };
  }
}
