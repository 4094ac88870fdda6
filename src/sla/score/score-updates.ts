/**
 * Shares of changes and samples within a limit: update time (Appendix 10, 3.6 and 4.5), the start
 * of a zone change, the lag of the register's replica. A repeated line counts once, and as the less
 * favourable of the two, so that repeating a line cannot better a score.
 */
import type { Contract, Fraction, Parameter } from '#sla/contract/contract.ts';
import { canonicalAddress } from '#sla/measurement/cycle-record.ts';
import { instantMs } from '#sla/measurement/instant.ts';
import type { Event } from '#sla/measurement/measurement.ts';
import type { Month } from './month.ts';
import type { ShareScore } from './score-json.ts';
import { floorRatio, judgeShare, shownFraction } from './share.ts';

type Rule = Extract<
  Parameter,
  { rule: 'update-share' | 'update-begun-share' | 'replica-lag-share' }
>;

/** One delay per thing measured: its key, when it began, and how long it took. */
interface Delay {
  key: string;
  startMs: number;
  /** `Infinity`: never seen. */
  tookMs: number;
}

/** `untilMs`: what was seen later is not known yet. */
export function scoreDelays(
  rule: Rule,
  contract: Contract,
  events: readonly Event[],
  month: Month,
  untilMs: number,
): ShareScore {
  const longest = new Map<string, number>();
  const limitMs = rule.limitSeconds * 1000;
  for (const event of events) {
    const delay = delayOf(rule, contract, event);
    if (delay === undefined || delay.startMs < month.startMs || delay.startMs >= month.endMs) {
      continue;
    }
    const knownMs = delay.startMs + Math.min(delay.tookMs, limitMs);
    if (Math.max(delay.startMs, knownMs) > untilMs) continue;
    longest.set(delay.key, Math.max(delay.tookMs, longest.get(delay.key) ?? -Infinity));
  }
  const within = [...longest.values()].filter((tookMs) => tookMs <= limitMs).length;
  return shareScore(rule.parameter, { limitSeconds: rule.limitSeconds }, rule.share, {
    total: longest.size,
    within,
  });
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

function delayOf(rule: Rule, contract: Contract, event: Event): Delay | undefined {
  if (rule.rule === 'replica-lag-share' && event.kind === 'replica-lag') {
    return { key: event.at, startMs: instantMs(event.at), tookMs: event.lagMs };
  }
  if (rule.rule === 'update-begun-share' && event.kind === 'update-begun') {
    const startMs = instantMs(event.confirmedAt);
    return { key: event.change, startMs, tookMs: instantMs(event.begunAt) - startMs };
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
