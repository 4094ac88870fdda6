/**
 * How a transfer of a name ends. When it is approved the name gains a year (up to ten ahead), goes
 * to the gaining registrar with the hosts under it, and is billed. A renewal at expiry that is
 * still in its grace period is taken back from the losing registrar (RFC 3915 section 3.1). The
 * secret ends with the transfer (RFC 9154 section 4.4), and so do the `client…` statuses of the
 * losing registrar.
 */
import type { Domain } from '#registry/model/domain.ts';
import type { DomainTransferred } from '#registry/model/domain-commands.ts';
import type { RegisterDraft } from '#registry/model/register.ts';
import type { Transfer, TransferStatus } from '#registry/model/transfer.ts';
import { charge } from './billing.ts';
import { addYears, YEARS_AHEAD_MAX } from './calendar.ts';
import { touchDelegation } from './delegation.ts';
import { type DomainWork, labelOf, SUBORDINATES_MAX } from './domain-rules.ts';
import { costOf, withGrace } from './fees.ts';
import { undoGrace, withPeriod } from './grace.ts';

const AUTO_RENEWAL: ReadonlySet<'autoRenewPeriod'> = new Set(['autoRenewPeriod']);

export function transferred({ name }: Domain, transfer: Transfer): DomainTransferred {
  return { kind: 'domain:transfer', name, transfer };
}

/** When a name expires that is transferred now. */
export function expiryAfterTransfer(domain: Domain, nowMs: number): number {
  const renewal = domain.periods.find(
    ({ status, endsAtMs }) => status === 'autoRenewPeriod' && endsAtMs > nowMs,
  );
  return extended(addYears(domain.expiresAtMs, -(renewal?.years ?? 0)), nowMs);
}

/** One year more, but no more ahead than may be. */
function extended(expiresAtMs: number, nowMs: number): number {
  const longest = Math.max(expiresAtMs, addYears(nowMs, YEARS_AHEAD_MAX));
  return Math.min(addYears(expiresAtMs, 1), longest);
}

/** @param status who approved: the losing registrar, or the register when nobody did in time */
export async function approveTransfer(
  { draft, domain, tld, caller, nowMs }: DomainWork,
  status: 'clientApproved' | 'serverApproved',
): Promise<DomainTransferred> {
  const { transfer } = domain;
  if (transfer === undefined) throw new Error(`no transfer of ${domain.name} to approve`);
  const { gaining } = transfer;
  const undone = (await undoGrace(draft, domain, tld, nowMs, AUTO_RENEWAL)).domain;
  const expiresAtMs = extended(undone.expiresAtMs, nowMs);
  const cost = costOf(tld, labelOf(domain), 'transfer', 1);
  const { amount } = cost;
  const paid = await charge(draft, { registrar: gaining, tld, amount, isForced: true });
  const period = { status: 'transferPeriod', refund: { registrar: gaining, amount }, years: 1 };
  const { authInfo: _over, ...kept } = undone;
  const moved: Domain = {
    ...kept,
    sponsor: gaining,
    statuses: domain.statuses.filter((set) => !/^client|^pendingTransfer$/.test(set.status)),
    periods: withPeriod(
      undone.periods,
      { ...period, status: 'transferPeriod' },
      tld.grace.transfer,
      nowMs,
    ),
    expiresAtMs,
    transferredAtMs: nowMs,
    updatedBy: caller.registrar,
    updatedAtMs: nowMs,
    transfer: { ...transfer, status, actsAtMs: nowMs, expiresAtMs },
  };
  draft.putDomain(moved);
  await moveHosts(draft, moved, nowMs);
  touchDelegation(draft, domain, moved);
  const ended = { ...transfer, status, actsAtMs: nowMs, expiresAtMs };
  if (caller.registrar !== transfer.gaining) tellTransfer(draft, transfer.gaining, moved, ended);
  if (caller.registrar !== transfer.losing) tellTransfer(draft, transfer.losing, moved, ended);
  // What the gaining registrar pays and has left is not the losing one's to know.
  const isPayer = caller.registrar === gaining;
  return { ...transferred(moved, ended), ...(isPayer && { fee: withGrace(paid, cost) }) };
}

/** Hosts belong to whoever their domain belongs to (RFC 5732 section 1.1). */
async function moveHosts(draft: RegisterDraft, domain: Domain, nowMs: number): Promise<void> {
  for (const name of await draft.hostsOfDomain(domain.name, SUBORDINATES_MAX)) {
    const host = await draft.host(name);
    if (host === undefined) continue;
    draft.putHost({ ...host, sponsor: domain.sponsor, transferredAtMs: nowMs });
  }
}

/** The name stays where it is. */
export function endTransfer(
  { draft, domain, caller, nowMs }: DomainWork,
  status: Exclude<TransferStatus, 'pending' | 'clientApproved' | 'serverApproved'>,
): DomainTransferred {
  const { transfer } = domain;
  if (transfer === undefined) throw new Error(`no transfer of ${domain.name} to end`);
  const { expiresAtMs: _never, ...rest } = transfer;
  const ended: Transfer = { ...rest, status, actsAtMs: nowMs };
  const kept: Domain = {
    ...domain,
    statuses: domain.statuses.filter((set) => set.status !== 'pendingTransfer'),
    transfer: ended,
  };
  draft.putDomain(kept);
  for (const registrar of [transfer.gaining, transfer.losing]) {
    if (registrar !== caller.registrar) tellTransfer(draft, registrar, kept, ended);
  }
  return transferred(kept, ended);
}

export function tellTransfer(
  draft: RegisterDraft,
  registrar: string,
  domain: Domain,
  transfer: Transfer,
): void {
  const text = `Transfer of ${domain.name}: ${transfer.status}`;
  draft.queue(registrar, text, transferred(domain, transfer));
}
