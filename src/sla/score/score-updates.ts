/**
 * Shares of changes and samples within a limit: update time (Appendix 10, 3.6 and 4.5), the start
 * of a zone change, the lag of the register's replica.
 */
import type { Contract, Fraction, Parameter } from '#sla/contract/contract.ts';
import { canonicalAddress } from '#sla/measurement/cycle-record.ts';
import { instantMs } from '#sla/measurement/instant.ts';
import type { EventOf } from '#sla/measurement/measurement.ts';
import type { Delay } from './delays.ts';
import type { ShareScore } from './score-json.ts';
import { floorRatio, judgeShare, shownFraction } from './share.ts';

/** A parameter that is a share of delays. */
export type DelayRule = Extract<
  Parameter,
  { rule: 'update-share' | 'update-begun-share' | 'replica-lag-share' }
>;

/** Events that say how long something took. */
export type DelayEvent = EventOf<'update' | 'update-begun' | 'replica-lag'>;

export function isDelayRule(rule: Parameter): rule is DelayRule {
  return ['update-share', 'update-begun-share', 'replica-lag-share'].includes(rule.rule);
}

/** The score of a share; `limit` is what one test or sample is held against. */
export function shareScore(
  parameter: string,
  limit: { limitMs: number } | { limitSeconds: number },
  share: Fraction,
  { total, within }: { total: number; within: number },
): ShareScore {
  return {
    parameter,
    ...limit,
    limitShare: shownFraction(share),
    total,
    within,
    share: floorRatio(within, total),
    verdict: judgeShare(within, total, share),
  };
}

/** What an event says under a rule; `undefined` if the rule is not about it. */
export function findDelay(
  rule: DelayRule,
  contract: Contract,
  event: DelayEvent,
): Delay | undefined {
  if (rule.rule === 'replica-lag-share' && event.kind === 'replica-lag') {
    return { key: event.at, startMs: instantMs(event.at), tookMs: event.lagMs };
  }
  if (rule.rule === 'update-begun-share' && event.kind === 'update-begun') {
    const { change, confirmedAt, begunAt } = event;
    const startMs = instantMs(confirmedAt);
    // A server whose store began anew gives its changes the same ids again, at another time.
    return { key: `${change} ${startMs}`, startMs, tookMs: instantMs(begunAt) - startMs };
  }
  if (rule.rule !== 'update-share' || event.kind !== 'update') return undefined;
  const interfaces = contract.services.rdds?.interfaces;
  const isVoting = event.interface === undefined || interfaces?.includes(event.interface) !== false;
  if (event.service !== rule.service || !isVoting) return undefined;
  const startMs = instantMs(event.confirmedAt);
  const address = canonicalAddress(event.address);
  return {
    key: JSON.stringify([event.change, event.probe, address, event.interface ?? '']),
    startMs,
    tookMs: event.observedAt === null ? Infinity : instantMs(event.observedAt) - startMs,
  };
}
