/**
 * A timeline's down time in a month, after corrections, and the verdict on it.
 *
 *   down_min = down - agreed false positives - excused
 *   down_max = down_min + what was not measured
 *   met: down_max <= limit     breached: down_min > limit     else undetermined
 *
 * Everything is whole milliseconds of sets of instants; seconds appear only in what is shown.
 */
import type { Fraction } from '#sla/contract/contract.ts';
import type { Corrections } from './corrections.ts';
import { DISCARDED, DOWN, UNMEASURED, UP } from './cycle-tally.ts';
import type { Incident } from './incidents.ts';
import type { DowntimeScore, Verdict } from './score-json.ts';
import { intersectSpans, lengthMs, type Span, subtractSpans } from './spans.ts';
import { spansOf, type Timeline } from './timeline.ts';

/** The fields of a downtime score that are the same whatever the limit is. */
export type DowntimeFigures = Omit<DowntimeScore, 'parameter' | 'verdict'>;

export interface Downtime {
  minMs: number;
  maxMs: number;
  excusedMs: number;
  /** Whether any cycle had a line. */
  isMeasured: boolean;
  figures: DowntimeFigures;
}

/** Down time that counts: what no agreed correction takes out. */
export function countedDown(timeline: Timeline, corrections: Corrections, span: Span): Span[] {
  const down = spansOf(timeline, DOWN, span);
  return subtractSpans(subtractSpans(down, corrections.falsePositive), corrections.excused);
}

/** `span` is the month as far as it is decided. */
export function measureDowntime(
  timeline: Timeline,
  corrections: Corrections,
  incidents: readonly Incident[],
  span: Span,
): Downtime {
  const raw = spansOf(timeline, DOWN, span);
  const real = subtractSpans(raw, corrections.falsePositive);
  const counted = subtractSpans(real, corrections.excused);
  const unmeasured = spansOf(timeline, UNMEASURED, span);
  const discardedMs = lengthMs(spansOf(timeline, DISCARDED, span));
  const measuredMs = lengthMs(raw) + lengthMs(spansOf(timeline, UP, span));
  const minMs = lengthMs(counted);
  const maxMs = minMs + lengthMs(unmeasured);
  const excusedMs = lengthMs(intersectSpans(real, corrections.excused));
  const inIncidents = incidents.flatMap((incident) => incident.down);
  return {
    minMs,
    maxMs,
    excusedMs,
    isMeasured: measuredMs + discardedMs > 0,
    figures: {
      downSeconds: { min: minMs / 1000, max: maxMs / 1000 },
      rsmDownSeconds: lengthMs(intersectSpans(counted, inIncidents)) / 1000,
      discardedSeconds: discardedMs / 1000,
      unmeasuredSeconds: lengthMs(unmeasured) / 1000,
      measuredSeconds: measuredMs / 1000,
      excusedSeconds: excusedMs / 1000,
      disputedSeconds: lengthMs(intersectSpans(counted, corrections.disputed)) / 1000,
      falsePositiveSeconds: lengthMs(intersectSpans(raw, corrections.falsePositive)) / 1000,
    },
  };
}

/** Against a limit in seconds. A month of which nothing was seen is never called met. */
export function judgeDowntime(downtime: Downtime, limitSeconds: number): Verdict {
  const limitMs = limitSeconds * 1000;
  return judge(downtime, downtime.maxMs <= limitMs, downtime.minMs > limitMs);
}

/** Against a share of (`periodMs` less what is excused), by cross-multiplication. */
export function judgeDowntimeShare(
  downtime: Downtime,
  periodMs: number,
  share: Fraction,
): { limitMilliseconds: number; verdict: Verdict } {
  const allowed = BigInt(share.numerator) * BigInt(periodMs - downtime.excusedMs);
  const isMet = BigInt(share.denominator) * BigInt(downtime.maxMs) <= allowed;
  const isBreached = BigInt(share.denominator) * BigInt(downtime.minMs) > allowed;
  const limitMilliseconds = Number(allowed / BigInt(share.denominator));
  return { limitMilliseconds, verdict: judge(downtime, isMet, isBreached) };
}

function judge(downtime: Downtime, isMet: boolean, isBreached: boolean): Verdict {
  if (isBreached) return 'breached';
  if (!isMet) return 'undetermined';
  return downtime.isMeasured ? 'met' : 'not-measured';
}
