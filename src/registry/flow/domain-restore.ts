/**
 * Taking a deleted name back (RFC 3915 section 4.2.5), as an extension of `<domain:update>`:
 *
 *     redemptionPeriod --request (billed)--> pendingRestore --report--> registered
 *            ^                                     |
 *            +------ no report within 7 days ------+   the rest of the redemption runs on
 *
 * A name that has expired meanwhile is renewed with the restore, at the price of those years.
 */
import type { Domain, RgpStatus } from '#registry/model/domain.ts';
import type {
  DomainUpdate,
  FeeData,
  FeeOffer,
  RestoreReport,
} from '#registry/model/domain-commands.ts';
import { RESULT, RegistryError } from '#registry/model/result.ts';
import { charge } from './billing.ts';
import { addYears, DAY_MS } from './calendar.ts';
import { type DomainWork, domainOffender, labelOf } from './domain-rules.ts';
import { costOf, demandOffer } from './fees.ts';
import { withPeriod } from './grace.ts';
import { tellDeletionEnd } from './told-changes.ts';

/** Within which the report must come. */
export const RESTORE_REPORT_DAYS = 7;

const REPORT_TEXT_SIZE_MAX = 4096;

/** What the restore brought. */
export interface Restored {
  domain: Domain;
  rgp: RgpStatus[];
  fee?: FeeData;
}

/** @throws RegistryError 2003, 2004, 2104, 2304, 2306 */
export async function restoreDomain(
  work: DomainWork,
  restore: NonNullable<DomainUpdate['restore']>,
  offer: FeeOffer | undefined,
): Promise<Restored> {
  if (restore.operation === 'request') return requestRestore(work, offer);
  demandOffer(offer, work.tld, { amount: 0, isPremium: false });
  return endRestore(work, restore.report);
}

async function requestRestore(
  { draft, domain, tld, nowMs }: DomainWork,
  offer: FeeOffer | undefined,
): Promise<Restored> {
  demandPeriod(domain, 'redemptionPeriod');
  let years = 0;
  while (addYears(domain.expiresAtMs, years) <= nowMs) years += 1;
  const cost = costOf(tld, labelOf(domain), 'restore', years);
  demandOffer(offer, tld, cost);
  const { fee } = await charge(draft, { registrar: domain.sponsor, tld, amount: cost.amount });
  const pending = { status: 'pendingRestore' } as const;
  const restoring: Domain = {
    ...domain,
    expiresAtMs: addYears(domain.expiresAtMs, years),
    periods: withPeriod(domain.periods, pending, RESTORE_REPORT_DAYS, nowMs),
  };
  return { domain: restoring, rgp: ['pendingRestore'], fee };
}

function endRestore({ draft, domain, nowMs }: DomainWork, report: RestoreReport): Restored {
  demandPeriod(domain, 'pendingRestore');
  checkReport(report);
  const { deletion: _over, ...kept } = domain;
  const restored: Domain = {
    ...kept,
    periods: [],
    statuses: domain.statuses.filter(({ status }) => status !== 'pendingDelete'),
  };
  const ended = { succeeded: false, atMs: nowMs };
  tellDeletionEnd(draft, domain, ended, `${domain.name} was restored and is not deleted`);
  return { domain: restored, rgp: [] };
}

/** @throws RegistryError 2304 where the name is in another state than the restore needs */
function demandPeriod(domain: Domain, status: 'redemptionPeriod' | 'pendingRestore'): void {
  const isRestoring = domain.periods.some((period) => period.status === 'pendingRestore');
  const isThere = domain.periods.some((period) => period.status === status);
  if (isThere && isRestoring === (status === 'pendingRestore')) return;
  const why = `${domain.name} is not in ${status}`;
  throw new RegistryError(RESULT.statusProhibits, why, domainOffender(domain.name));
}

/**
 * @throws RegistryError 2003 for an empty part, 2005 for what is no time, 2306 for too long a text
 */
function checkReport(report: RestoreReport): void {
  const { preData, postData, deletedAt, restoredAt, reason, statements, other = '' } = report;
  const texts = { preData, postData, resReason: reason };
  for (const [element, text] of Object.entries(texts)) {
    if (text.trim() !== '') continue;
    const offender = { element: `rgp:${element}`, text: '' };
    throw new RegistryError(RESULT.missingParameter, `the report lacks ${element}`, offender);
  }
  if (statements.length < 2 || statements.some((statement) => statement.trim() === '')) {
    const offender = { element: 'rgp:statement', text: '' };
    const why = 'a report has the two statements of RFC 3915 section 4.2.5';
    throw new RegistryError(RESULT.missingParameter, why, offender);
  }
  for (const [element, text] of Object.entries({ delTime: deletedAt, resTime: restoredAt })) {
    if (!Number.isNaN(Date.parse(text))) continue;
    const offender = { element: `rgp:${element}`, text: text.slice(0, 64) };
    throw new RegistryError(RESULT.parameterSyntax, `${element} is no time`, offender);
  }
  for (const text of [preData, postData, reason, other, ...statements]) {
    if (text.length <= REPORT_TEXT_SIZE_MAX) continue;
    const why = `a part of a report has at most ${REPORT_TEXT_SIZE_MAX} characters`;
    throw new RegistryError(RESULT.policy, why, { element: 'rgp:report', text: text.slice(0, 64) });
  }
}

/** The redemption goes on for as long as it had left when the restore was asked for. */
export function lapseRestore(domain: Domain): Domain {
  const pausedMs = RESTORE_REPORT_DAYS * DAY_MS;
  const periods = domain.periods
    .filter(({ status }) => status !== 'pendingRestore')
    .map((period) => ({ ...period, endsAtMs: period.endsAtMs + pausedMs }));
  return { ...domain, periods };
}
