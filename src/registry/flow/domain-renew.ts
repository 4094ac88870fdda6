/**
 * `<domain:renew>` (RFC 5731 section 3.2.3). The client names the day on which the name expires
 * now, so that a renewal that is sent twice is done once.
 */
import type { Caller } from '#registry/model/caller.ts';
import type { CommandOutcome } from '#registry/model/command.ts';
import type { DomainRenew, DomainRenewed } from '#registry/model/domain-commands.ts';
import { RESULT, RegistryError } from '#registry/model/result.ts';
import { charge } from './billing.ts';
import { addYears, formatDay, YEARS_AHEAD_MAX } from './calendar.ts';
import type { CommandContext } from './command-context.ts';
import {
  type DomainWork,
  demandChangeable,
  demandYears,
  domainOffender,
  labelOf,
  runOnDomain,
} from './domain-rules.ts';
import { costOf, demandOffer, withGrace } from './fees.ts';
import { withPeriod } from './grace.ts';
import { parseNameText } from './labels.ts';
import { tellSponsor } from './told-changes.ts';

/** @throws RegistryError 2003, 2004, 2005, 2104, 2105, 2201, 2303, 2304, 2306 */
export async function domainRenew(
  context: CommandContext,
  command: DomainRenew,
  caller: Caller,
): Promise<CommandOutcome> {
  const name = parseNameText(command.name, 'domain:name');
  const task = { name, caller, command: command.kind };
  const data = await runOnDomain(context, task, (work) => renew(work, command));
  return { result: RESULT.done, data };
}

async function renew(work: DomainWork, command: DomainRenew): Promise<DomainRenewed> {
  const { draft, domain, tld, caller, nowMs } = work;
  const object = domainOffender(domain.name);
  demandChangeable(work, ['clientRenewProhibited', 'serverRenewProhibited']);
  const years = demandYears(command.years, tld);
  const { currentExpiryDate } = command;
  if (currentExpiryDate !== formatDay(domain.expiresAtMs)) {
    const why = `${domain.name} does not expire on that day: it may be renewed already`;
    const offender = { element: 'domain:curExpDate', text: currentExpiryDate };
    throw new RegistryError(RESULT.parameterRange, why, offender);
  }
  const expiresAtMs = addYears(domain.expiresAtMs, years);
  if (expiresAtMs > addYears(nowMs, YEARS_AHEAD_MAX)) {
    const why = `${domain.name} would be registered for more than ${YEARS_AHEAD_MAX} years ahead`;
    throw new RegistryError(RESULT.notRenewable, why, object);
  }
  const cost = costOf(tld, labelOf(domain), 'renew', years);
  demandOffer(command.fee, tld, cost);
  const payment = { registrar: domain.sponsor, tld, amount: cost.amount };
  const { fee: paid, refund } = await charge(draft, payment);
  const fee = withGrace(paid, cost);
  const period = { status: 'renewPeriod', refund, years } as const;
  const renewed = {
    ...domain,
    expiresAtMs,
    periods: withPeriod(domain.periods, period, tld.grace.renew, nowMs),
    updatedBy: caller.registrar,
    updatedAtMs: nowMs,
  };
  draft.putDomain(renewed);
  tellSponsor(draft, caller, 'renew', { type: 'domain', value: renewed }, nowMs);
  return { kind: command.kind, name: domain.name, expiresAtMs, fee };
}
