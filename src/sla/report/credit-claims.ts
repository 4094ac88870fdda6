/**
 * Which claims for credits stand (registry 3.4): there may be several types of credit over a
 * month, but a registrar claims one type for each event, and which one is its choice. Claims are
 * entries of the ledger and are judged in the order in which they were made; the first one for an
 * event stands. An event is a span of time: two claims of one registrar whose spans overlap are for
 * one event.
 *
 * Refused besides: what was not breached, what is waived (3.7), and who grew unannounced (3.11).
 * Whether the registrar was affected in that span is for people to say.
 */
import type { Contract } from '#sla/contract/contract.ts';
import { instantMs } from '#sla/measurement/instant.ts';
import type { Event, EventOf } from '#sla/measurement/measurement.ts';
import type { Score } from '#sla/score/score-json.ts';
import type { Period } from './period.ts';
import { reportTransactions } from './transactions.ts';
import { waiverEndMs } from './waiver.ts';

export interface JudgedClaim {
  at: string;
  registrar: string;
  parameter: string;
  from: string;
  to: string;
  stands: boolean;
  /** Of the clause that it was held against. */
  paragraph: string;
  /** In words; empty for one that stands. */
  reason: string;
}

/** A month and its score under the contract. */
export interface ScoredMonth {
  month: Period;
  score: Score;
}

type Claim = EventOf<'credit-claim'>;

/** Claims for events that begin in one of the months, in the order in which they were made. */
export function judgeClaims(
  contract: Contract,
  months: readonly ScoredMonth[],
  entries: readonly Event[],
): JudgedClaim[] {
  const { credits } = contract;
  if (credits === undefined) return [];
  const claims = entries
    .filter((entry) => entry.kind === 'credit-claim')
    .toSorted((a, b) => instantMs(a.at) - instantMs(b.at));
  const standing: Claim[] = [];
  return claims.flatMap((claim): JudgedClaim[] => {
    const fromMs = instantMs(claim.from);
    const scored = months.find(({ month }) => fromMs >= month.startMs && fromMs < month.endMs);
    if (scored === undefined) return [];
    const refusal =
      whyNotOwed(contract, scored, claim, entries) ?? findRival(standing, claim, credits.paragraph);
    if (refusal === undefined) standing.push(claim);
    const { at, registrar, parameter, from, to } = claim;
    const verdict = refusal ?? { paragraph: credits.paragraph, reason: '' };
    return [{ at, registrar, parameter, from, to, stands: refusal === undefined, ...verdict }];
  });
}

interface Refusal {
  paragraph: string;
  reason: string;
}

/** Why nothing is owed for the event at all; `undefined` if something is. */
function whyNotOwed(
  contract: Contract,
  { month, score }: ScoredMonth,
  { registrar, parameter, from }: Claim,
  entries: readonly Event[],
): Refusal | undefined {
  const rule = contract.parameters.find((each) => each.parameter === parameter);
  if (rule === undefined) {
    return { paragraph: '', reason: `the contract has no parameter ${parameter}` };
  }
  const { waiver, forecast } = contract;
  const waivedUntilMs = waiverEndMs(waiver);
  if (waiver !== undefined && instantMs(from) < waivedUntilMs) {
    return { paragraph: waiver.paragraph, reason: 'obligations were waived then' };
  }
  const figures = score.parameters.filter((each) => each.parameter === parameter);
  if (!figures.some(({ verdict }) => verdict === 'breached')) {
    return { paragraph: rule.paragraph, reason: `${parameter} is not breached in ${month.name}` };
  }
  if (forecast === undefined) return undefined;
  const volumes = reportTransactions(forecast.paragraph, forecast, month, entries).registrars;
  const own = volumes.find((each) => each.registrar === registrar);
  if (own?.isEligibleForCredits !== false) return undefined;
  return { paragraph: forecast.paragraph, reason: `grew in ${month.name} without announcing it` };
}

/** An earlier claim of the same registrar for the same event. */
function findRival(
  standing: readonly Claim[],
  claim: Claim,
  paragraph: string,
): Refusal | undefined {
  const rival = standing.find(
    (other) =>
      other.registrar === claim.registrar &&
      instantMs(other.from) < instantMs(claim.to) &&
      instantMs(claim.from) < instantMs(other.to),
  );
  if (rival === undefined) return undefined;
  const how = rival.parameter === claim.parameter ? 'already' : `as ${rival.parameter}`;
  return { paragraph, reason: `claimed ${how}, at ${rival.at}, for the same event` };
}
