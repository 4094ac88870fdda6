/**
 * How a transfer of a name ends. When it is approved the name gains a year (up to ten ahead) and
 * goes to the gaining registrar with the hosts under it; otherwise what was paid goes back. A
 * renewal at expiry that is still in its grace period is taken back from the losing registrar (RFC
 * 3915 section 3.1). The secret ends with the transfer (RFC 9154 section 4.4), and so do the
 * `client…` statuses of the losing registrar.
 */
import type { Domain } from '#registry/model/domain.ts';
import type { DomainTransferred } from '#registry/model/domain-commands.ts';
import type { RegisterDraft } from '#registry/model/register.ts';
import type { Transfer, TransferStatus } from '#registry/model/transfer.ts';
import { giveBack } from './billing.ts';
import { addYears, YEARS_AHEAD_MAX } from './calendar.ts';
import { touchDelegation } from './delegation.ts';
import { type DomainWork, SUBORDINATES_MAX } from './domain-rules.ts';
import { undoGrace, withPeriod } from './grace.ts';

const AUTO_RENEWAL: ReadonlySet<'autoRenewPeriod'> = new Set(['autoRenewPeriod']);

/** As both sides see it: what was paid is the gaining registrar's own. */
export function transferred({ name }: Domain, transfer: Transfer): DomainTransferred {
  const { refund: _withheld, ...shown } = transfer;
  return { kind: 'domain:transfer', name, transfer: shown };
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
  const { refund, ...decided } = transfer;
  const { gaining } = transfer;
  const undone = (await undoGrace(draft, domain, tld, nowMs, AUTO_RENEWAL)).domain;
  const expiresAtMs = extended(undone.expiresAtMs, nowMs);
  const period = { status: 'transferPeriod', ...(refund && { refund }), years: 1 } as const;
  const ended: Transfer = { ...decided, status, actsAtMs: nowMs, expiresAtMs };
  const { authInfo: _over, ...kept } = undone;
  const moved: Domain = {
    ...kept,
    sponsor: gaining,
    statuses: domain.statuses.filter((set) => !/^client|^pendingTransfer$/.test(set.status)),
    periods: withPeriod(undone.periods, period, tld.grace.transfer, nowMs),
    expiresAtMs,
    transferredAtMs: nowMs,
    updatedBy: caller.registrar,
    updatedAtMs: nowMs,
    transfer: ended,
  };
  draft.putDomain(moved);
  await moveHosts(draft, moved, nowMs);
  touchDelegation(draft, domain, moved);
  if (caller.registrar !== transfer.gaining) tellTransfer(draft, transfer.gaining, moved, ended);
  if (caller.registrar !== transfer.losing) tellTransfer(draft, transfer.losing, moved, ended);
  return transferred(moved, ended);
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
export async function endTransfer(
  { draft, domain, tld, caller, nowMs }: DomainWork,
  status: Exclude<TransferStatus, 'pending' | 'clientApproved' | 'serverApproved'>,
): Promise<DomainTransferred> {
  const { transfer } = domain;
  if (transfer === undefined) throw new Error(`no transfer of ${domain.name} to end`);
  const { expiresAtMs: _never, refund, ...rest } = transfer;
  if (refund !== undefined) await giveBack(draft, refund, tld);
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
