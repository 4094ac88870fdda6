/**
 * `<contact:transfer>` (RFC 5733 section 3.2.4): a contact goes to another registrar.
 *
 *     request (gaining, with the secret) -> pending -> approve (losing)           -> clientApproved
 *                                                  -> reject (losing)            -> clientRejected
 *                                                  -> cancel (gaining)           -> clientCancelled
 *                                                  -> nobody within 5 days (job) -> serverApproved
 *
 * The other side hears of every step by a message. The secret ends with the transfer (RFC 9154
 * section 4.4), and so do the prohibitions that the losing registrar had set.
 */
import { type Caller, isOperator } from '#registry/model/caller.ts';
import type { CommandOutcome } from '#registry/model/command.ts';
import type { Contact } from '#registry/model/contact.ts';
import type { ContactTransfer, ContactTransferred } from '#registry/model/contact-commands.ts';
import type { RegisterDraft } from '#registry/model/register.ts';
import { RESULT, RegistryError } from '#registry/model/result.ts';
import { plainStatus } from '#registry/model/shown-status.ts';
import type { Transfer, TransferStatus } from '#registry/model/transfer.ts';
import { demandAuthInfo } from './auth-info.ts';
import { DAY_MS } from './calendar.ts';
import type { CommandContext } from './command-context.ts';
import { contactOffender, parseContactId } from './contact-rules.ts';
import { demandNoStatus, demandObject } from './object-rules.ts';

/** Until a transfer that nobody decides is approved. */
export const CONTACT_TRANSFER_DAYS = 5;

/** @throws RegistryError 2003, 2005, 2106, 2201, 2202, 2300, 2301, 2303, 2304 */
export async function contactTransfer(
  context: CommandContext,
  command: ContactTransfer,
  caller: Caller,
): Promise<CommandOutcome> {
  const id = parseContactId(command.id);
  const { register, clock } = context;
  const { operation } = command;
  if (operation === 'query') return queryTransfer(context, { ...command, id }, caller);
  const transfer = await register.run(caller, command.kind, [`contact/${id}`], async (draft) => {
    const contact = demandObject(await draft.contact(id), contactOffender(id));
    const nowMs = clock.nowMs();
    return operation === 'request'
      ? requestTransfer(draft, contact, command.authInfo, caller, nowMs)
      : decideTransfer(draft, contact, operation, caller, nowMs);
  });
  const isPending = transfer.status === 'pending';
  return { result: isPending ? RESULT.pending : RESULT.done, data: transferred(id, transfer) };
}

/**
 * Approves a transfer that nobody decided in time; the register's jobs call it.
 * @returns false where there is none, or its time has not come
 */
export function approveDueContact(
  { register, clock }: CommandContext,
  id: string,
  caller: Caller,
): Promise<boolean> {
  return register.run(caller, 'contact:transfer', [`contact/${id}`], async (draft) => {
    const contact = await draft.contact(id);
    const nowMs = clock.nowMs();
    const { transfer } = contact ?? {};
    if (contact === undefined || transfer?.status !== 'pending') return false;
    if (transfer.actsAtMs > nowMs) return false;
    const ended = endTransfer(draft, contact, transfer, 'serverApproved', nowMs);
    for (const registrar of [ended.gaining, ended.losing])
      tell(draft, registrar, contact.id, ended);
    return true;
  });
}

async function queryTransfer(
  { register, clock }: CommandContext,
  { id, authInfo }: ContactTransfer,
  caller: Caller,
): Promise<CommandOutcome> {
  const object = contactOffender(id);
  const contact = demandObject(await register.contact(id), object);
  const { transfer, sponsor } = contact;
  const parties = [sponsor, transfer?.gaining, transfer?.losing];
  const isParty = isOperator(caller) || parties.includes(caller.registrar);
  if (!isParty) demandSecret(contact, authInfo, clock.nowMs());
  if (transfer === undefined) {
    const why = `nobody has asked for a transfer of ${id}`;
    throw new RegistryError(RESULT.notPendingTransfer, why, object);
  }
  return { result: RESULT.done, data: transferred(id, transfer) };
}

function transferred(id: string, transfer: Transfer): ContactTransferred {
  return { kind: 'contact:transfer', id, transfer };
}

function requestTransfer(
  draft: RegisterDraft,
  contact: Contact,
  authInfo: string | undefined,
  caller: Caller,
  nowMs: number,
): Transfer {
  const object = contactOffender(contact.id);
  if (contact.transfer?.status === 'pending') {
    const why = `a transfer of ${contact.id} is under way`;
    throw new RegistryError(RESULT.pendingTransfer, why, object);
  }
  if (contact.sponsor === caller.registrar) {
    const why = `you sponsor ${contact.id} already`;
    throw new RegistryError(RESULT.notTransferable, why, object);
  }
  demandNoStatus(
    caller,
    contact.statuses,
    ['clientTransferProhibited', 'serverTransferProhibited', 'pendingDelete'],
    object,
  );
  demandSecret(contact, authInfo, nowMs);
  const transfer: Transfer = {
    status: 'pending',
    gaining: caller.registrar,
    requestedAtMs: nowMs,
    losing: contact.sponsor,
    actsAtMs: nowMs + CONTACT_TRANSFER_DAYS * DAY_MS,
  };
  const statuses = [...contact.statuses, plainStatus('pendingTransfer')];
  draft.putContact({ ...contact, statuses, transfer });
  tell(draft, transfer.losing, contact.id, transfer);
  return transfer;
}

/** @throws RegistryError 2003 where none was given, 2202 where it is wrong */
function demandSecret({ id, authInfo }: Contact, given: string | undefined, nowMs: number): void {
  demandAuthInfo(authInfo, given, nowMs, { name: id, element: 'contact:authInfo' });
}

type Decision = 'approve' | 'reject' | 'cancel';

const DECIDED: Readonly<Record<Decision, TransferStatus>> = {
  approve: 'clientApproved',
  reject: 'clientRejected',
  cancel: 'clientCancelled',
};

function decideTransfer(
  draft: RegisterDraft,
  contact: Contact,
  decision: Decision,
  caller: Caller,
  nowMs: number,
): Transfer {
  const object = contactOffender(contact.id);
  const { transfer } = contact;
  if (transfer?.status !== 'pending') {
    const why = `no transfer of ${contact.id} is under way`;
    throw new RegistryError(RESULT.notPendingTransfer, why, object);
  }
  const decider = decision === 'cancel' ? transfer.gaining : transfer.losing;
  if (caller.registrar !== decider && !isOperator(caller)) {
    const why = `this transfer is not yours to ${decision}`;
    throw new RegistryError(RESULT.authorization, why, object);
  }
  const ended = endTransfer(draft, contact, transfer, DECIDED[decision], nowMs);
  const other = decision === 'cancel' ? ended.losing : ended.gaining;
  tell(draft, other, contact.id, ended);
  return ended;
}

function endTransfer(
  draft: RegisterDraft,
  contact: Contact,
  pending: Transfer,
  status: TransferStatus,
  nowMs: number,
): Transfer {
  const transfer: Transfer = { ...pending, status, actsAtMs: nowMs };
  const kept = contact.statuses.filter((set) => set.status !== 'pendingTransfer');
  if (status !== 'clientApproved' && status !== 'serverApproved') {
    draft.putContact({ ...contact, statuses: kept, transfer });
    return transfer;
  }
  const { authInfo: _spent, ...rest } = contact;
  draft.putContact({
    ...rest,
    statuses: kept.filter((set) => !set.status.startsWith('client')),
    sponsor: transfer.gaining,
    transferredAtMs: nowMs,
    transfer,
  });
  return transfer;
}

const TOLD: Readonly<Record<TransferStatus, string>> = {
  pending: 'requested',
  clientApproved: 'approved',
  clientCancelled: 'cancelled',
  clientRejected: 'rejected',
  serverApproved: 'approved by the register, as its time was over',
  serverCancelled: 'cancelled by the register',
};

function tell(draft: RegisterDraft, registrar: string, id: string, transfer: Transfer): void {
  draft.queue(
    registrar,
    `Transfer of contact ${id} ${TOLD[transfer.status]}`,
    transferred(id, transfer),
  );
}
