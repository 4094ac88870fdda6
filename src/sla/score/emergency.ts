/**
 * The rolling week (Appendix 10, section 6): down time within the last `windowSeconds`, ending with
 * each decided cycle of the month, as a share of the threshold. A crossing is the cycle with which
 * the share rose to an alarm's level; shares are compared as integers.
 */
import { formatInstant } from '#base/clock.ts';
import type { Emergency } from '#sla/contract/contract.ts';
import type { EmergencyScore } from './score-json.ts';
import { floorRatio } from './share.ts';
import { intersectSpans, lengthMs, type Span } from './spans.ts';

export interface RollingInput {
  service: EmergencyScore['service'];
  thresholdSeconds: number;
  /** What counts as down, from a window's length before `fromMs`. */
  down: readonly Span[];
  cycleMs: number;
  /** Start of the month, and the end of its last decided cycle. */
  fromMs: number;
  toMs: number;
}

export function scoreEmergency(rules: Emergency, input: RollingInput): EmergencyScore {
  const { cycleMs, fromMs, toMs, thresholdSeconds } = input;
  const windowMs = rules.windowSeconds * 1000;
  const thresholdMs = thresholdSeconds * 1000;
  const downMs = downPerCycle(input.down, fromMs - windowMs, toMs, cycleMs);
  const windowCycles = Math.round(windowMs / cycleMs);
  let sumMs = 0;
  let peakMs = 0;
  let peakAtMs: number | undefined;
  const crossings: EmergencyScore['crossings'] = [];
  const isReached = (percent: number): boolean => sumMs * 100 >= percent * thresholdMs;
  let reached = new Set<number>();
  for (const [at, added] of downMs.entries()) {
    const left = at >= windowCycles ? (downMs[at - windowCycles] ?? 0) : 0;
    if (added === 0 && left === 0) continue;
    sumMs += added - left;
    const startMs = fromMs - windowMs + at * cycleMs;
    const now = new Set(rules.alarmPercents.filter(isReached));
    if (startMs >= fromMs) {
      if (sumMs > peakMs) [peakMs, peakAtMs] = [sumMs, startMs];
      for (const percent of now) {
        if (reached.has(percent)) continue;
        crossings.push({ ratio: percent / 100, at: formatInstant(startMs) });
      }
    }
    reached = now;
  }
  return {
    service: input.service,
    thresholdSeconds,
    ratio: floorRatio(sumMs, thresholdMs),
    peakSeconds: peakMs / 1000,
    peakRatio: floorRatio(peakMs, thresholdMs),
    peakAt: peakAtMs === undefined ? null : formatInstant(peakAtMs),
    crossings,
  };
}

function downPerCycle(
  down: readonly Span[],
  fromMs: number,
  toMs: number,
  cycleMs: number,
): Float64Array {
  const perCycle = new Float64Array(Math.max(0, Math.floor((toMs - fromMs) / cycleMs)));
  for (const span of intersectSpans(down, [{ fromMs, toMs }])) {
    const first = Math.floor((span.fromMs - fromMs) / cycleMs);
    const last = Math.min(perCycle.length, Math.ceil((span.toMs - fromMs) / cycleMs));
    for (let at = first; at < last; at++) {
      const cycle = { fromMs: fromMs + at * cycleMs, toMs: fromMs + (at + 1) * cycleMs };
      perCycle[at] = (perCycle[at] ?? 0) + lengthMs(intersectSpans([span], [cycle]));
    }
  }
  return perCycle;
}
