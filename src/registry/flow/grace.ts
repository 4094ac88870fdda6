/**
 * Grace periods (RFC 3915 section 3.1): for some days a registrar may delete a name that it
 * created, renewed or took over, or that was renewed at its expiry, and has the fee back. A
 * deletion undoes all that still run; a transfer ends those of the losing registrar.
 */
import type { Domain, RgpPeriod } from '#registry/model/domain.ts';
import type { FeeData } from '#registry/model/domain-commands.ts';
import type { RegisterDraft } from '#registry/model/register.ts';
import type { Tld } from '#registry/model/tld.ts';
import { giveBack } from './billing.ts';
import { addYears, DAY_MS } from './calendar.ts';

const GRACE: ReadonlySet<RgpPeriod['status']> = new Set([
  'addPeriod',
  'autoRenewPeriod',
  'renewPeriod',
  'transferPeriod',
]);

export type GracePeriod = Omit<RgpPeriod, 'endsAtMs'>;

/** The periods with one more; a period of no days is none. */
export function withPeriod(
  periods: readonly RgpPeriod[],
  period: GracePeriod,
  days: number,
  fromMs: number,
): RgpPeriod[] {
  if (days === 0) return [...periods];
  return [...periods, { ...period, endsAtMs: fromMs + days * DAY_MS }];
}

/** What is left when a domain's grace periods are undone. */
export interface Undone {
  /** Without the grace periods and the years that came with them. */
  domain: Domain;
  /** What was given back, all together; absent: nothing. */
  refunded?: FeeData;
}

/**
 * Gives back the fees of the grace periods that run at `nowMs` and takes their years off. Periods
 * that are over go without more.
 * @param which only these; absent: all
 */
export async function undoGrace(
  draft: RegisterDraft,
  domain: Domain,
  tld: Tld,
  nowMs: number,
  which: ReadonlySet<RgpPeriod['status']> = GRACE,
): Promise<Undone> {
  let refunded: FeeData | undefined;
  let { expiresAtMs } = domain;
  for (const { status, endsAtMs, refund, years = 0 } of domain.periods) {
    if (!which.has(status) || endsAtMs <= nowMs) continue;
    expiresAtMs = addYears(expiresAtMs, -years);
    if (refund === undefined) continue;
    const given = await giveBack(draft, refund, tld);
    refunded = { ...given, amount: given.amount + (refunded?.amount ?? 0) };
  }
  const periods = domain.periods.filter(({ status }) => !GRACE.has(status));
  return { domain: { ...domain, periods, expiresAtMs }, ...(refunded && { refunded }) };
}
