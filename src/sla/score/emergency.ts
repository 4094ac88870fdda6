/**
 * The rolling week (Appendix 10, section 6): down time within the last `windowSeconds`, ending with
 * each decided cycle of the month, as a share of the threshold. A crossing is the cycle with which
 * the share rose to an alarm's level; shares are compared as integers.
 */
import type { Emergency } from '#sla/contract/contract.ts';
import { shortInstant } from '#sla/measurement/instant.ts';
import { findFallOut } from './fall-out.ts';
import type { EmergencyScore } from './score-json.ts';
import { floorRatio } from './share.ts';
import type { Span } from './spans.ts';

export interface RollingInput {
  service: EmergencyScore['service'];
  thresholdSeconds: number;
  /** What counts as down, from a window's length and a cycle before `fromMs`. */
  down: readonly Span[];
  cycleMs: number;
  /** Start of the month's first cycle, and the end of its last decided one. */
  fromMs: number;
  toMs: number;
}

export function scoreEmergency(rules: Emergency, input: RollingInput): EmergencyScore {
  const { cycleMs, fromMs, toMs, thresholdSeconds } = input;
  const windowMs = rules.windowSeconds * 1000;
  const thresholdMs = thresholdSeconds * 1000;
  const beforeEnd = lengthBefore(input.down);
  const beforeStart = lengthBefore(input.down);
  /** Down time of the window that ends at `endMs`; asked in rising order. */
  const sumAt = (endMs: number): number => beforeEnd(endMs) - beforeStart(endMs - windowMs);
  const levelsOf = (ms: number): number[] =>
    rules.alarmPercents.filter((percent) => ms * 100 >= percent * thresholdMs);
  let sumMs = sumAt(fromMs);
  let reached = new Set(levelsOf(sumMs));
  let peakMs = 0;
  let peakAtMs: number | undefined;
  const crossings: EmergencyScore['crossings'] = [];
  for (let startMs = fromMs; startMs < toMs; startMs += cycleMs) {
    sumMs = sumAt(startMs + cycleMs);
    if (sumMs > peakMs) [peakMs, peakAtMs] = [sumMs, startMs];
    const levels = levelsOf(sumMs);
    for (const percent of levels) {
      if (reached.has(percent)) continue;
      crossings.push({ ratio: percent / 100, at: shortInstant(startMs) });
    }
    reached = new Set(levels);
  }
  const { down } = input;
  const levels = rules.alarmPercents;
  return {
    service: input.service,
    thresholdSeconds,
    downSeconds: sumMs / 1000,
    ratio: floorRatio(sumMs, thresholdMs),
    ...findFallOut({ down, endMs: toMs, windowMs, cycleMs, thresholdMs, levels }),
    peakSeconds: peakMs / 1000,
    peakRatio: floorRatio(peakMs, thresholdMs),
    peakAt: peakAtMs === undefined ? null : shortInstant(peakAtMs),
    crossings,
  };
}

/** How much of a set lies before an instant, for instants that are asked in rising order. */
function lengthBefore(spans: readonly Span[]): (ms: number) => number {
  let at = 0;
  let passedMs = 0;
  return (ms) => {
    for (let span = spans[at]; span !== undefined && span.toMs <= ms; span = spans[at]) {
      passedMs += span.toMs - span.fromMs;
      at += 1;
    }
    return passedMs + Math.max(0, ms - (spans[at]?.fromMs ?? Infinity));
  };
}
