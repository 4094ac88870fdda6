/**
 * What happens to a name by itself, in the order of its moments, however late it is done:
 *
 *     a transfer that nobody decided   approved
 *     expiry                           renewed for a year and billed, told by a message
 *     end of pendingRestore            back into redemption
 *     end of redemptionPeriod          pendingDelete: nothing brings it back
 *     end of pendingDelete             purged, told by a message
 *     end of a grace period            no fee goes back any more
 *
 * Each is dated by when it was due, not by when the job came by.
 */
import type { Domain, RgpPeriod } from '#registry/model/domain.ts';
import { nextDomainDueMs } from '#registry/model/due.ts';
import { charge } from './billing.ts';
import { addYears } from './calendar.ts';
import { touchDelegation } from './delegation.ts';
import { lapseRestore } from './domain-restore.ts';
import { type DomainWork, labelOf } from './domain-rules.ts';
import { approveTransfer } from './domain-transfer-end.ts';
import { costOf } from './fees.ts';
import { withPeriod } from './grace.ts';
import { tellChange, tellDeletionEnd } from './told-changes.ts';

/** Moments of one name that one run brings up to date; what is left is due at once again. */
const STEPS_MAX = 64;

/** @returns how many moments there were: none when nothing was due */
export async function advanceDomain(work: DomainWork, untilMs: number): Promise<number> {
  let domain: Domain | undefined = work.domain;
  for (let steps = 0; steps < STEPS_MAX; steps++) {
    const atMs = nextDomainDueMs(domain);
    if (atMs > untilMs) return steps;
    domain = await takeStep({ ...work, domain, nowMs: atMs });
    if (domain === undefined) return steps + 1;
  }
  return STEPS_MAX;
}

/** One moment. @returns the name after it; `undefined`: it is gone */
async function takeStep(work: DomainWork): Promise<Domain | undefined> {
  const { draft, domain, nowMs } = work;
  const isGoing = domain.statuses.some(({ status }) => status === 'pendingDelete');
  if (domain.transfer?.status === 'pending' && domain.transfer.actsAtMs <= nowMs) {
    await approveTransfer(work, 'serverApproved');
    return draft.domain(domain.name);
  }
  if (!isGoing && domain.expiresAtMs <= nowMs) return renewAtExpiry(work);
  const isRestoring = domain.periods.some(({ status }) => status === 'pendingRestore');
  if (isRestoring) return put(work, lapseRestore(domain));
  const ended = domain.periods.find(({ endsAtMs }) => endsAtMs <= nowMs);
  if (ended?.status === 'pendingDelete') return purge(work);
  return put(work, afterPeriod(work, ended));
}

function put({ draft }: DomainWork, domain: Domain): Domain {
  draft.putDomain(domain);
  return domain;
}

function afterPeriod({ domain, tld, nowMs }: DomainWork, ended: RgpPeriod | undefined): Domain {
  const periods = domain.periods.filter((period) => period !== ended);
  if (ended?.status !== 'redemptionPeriod') return { ...domain, periods };
  const last: RgpPeriod = { status: 'pendingDelete', endsAtMs: nowMs };
  const [waiting = last] = withPeriod([], last, tld.grace.pendingDelete, nowMs);
  return { ...domain, periods: [...periods, waiting] };
}

async function renewAtExpiry(work: DomainWork): Promise<Domain> {
  const { draft, domain, tld, nowMs } = work;
  const { amount } = costOf(tld, labelOf(domain), 'renew', 1);
  const payment = { registrar: domain.sponsor, tld, amount, isForced: true };
  const { refund } = await charge(draft, payment);
  const period = { status: 'autoRenewPeriod', refund, years: 1 } as const;
  const renewed: Domain = {
    ...domain,
    expiresAtMs: addYears(domain.expiresAtMs, 1),
    periods: withPeriod(domain.periods, period, tld.grace.autoRenew, nowMs),
  };
  tell(work, renewed, 'autoRenew', `${domain.name} has expired and was renewed for a year`);
  return put(work, renewed);
}

/** The deletion that had been answered 1001 is done. */
function purge(work: DomainWork): undefined {
  const { draft, domain, nowMs } = work;
  draft.deleteDomain(domain.name);
  touchDelegation(draft, domain, undefined);
  const text = `${domain.name} is deleted`;
  const isTold = tellDeletionEnd(draft, domain, { succeeded: true, atMs: nowMs }, text);
  if (!isTold) tell(work, domain, 'autoPurge', text);
  return undefined;
}

function tell(
  { draft, caller, nowMs: atMs }: DomainWork,
  value: Domain,
  operation: 'autoRenew' | 'autoPurge',
  text: string,
): void {
  tellChange(draft, caller, { operation, object: { type: 'domain', value }, atMs }, text);
}
