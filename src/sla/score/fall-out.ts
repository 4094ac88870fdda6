/**
 * When down time leaves the rolling week, if none is added: from when to when its oldest stretch
 * falls out, and with which cycle the share sinks below each level that it has reached. People who
 * look after an emergency ask for nothing else first.
 */
import { shortInstant } from '#sla/measurement/instant.ts';
import type { EmergencyScore } from './score-json.ts';
import { intersectSpans, lengthMs, type Span } from './spans.ts';

export interface FallOutInput {
  /** What counts as down. */
  down: readonly Span[];
  /** End of the last decided cycle: the window reaches back from it. */
  endMs: number;
  windowMs: number;
  cycleMs: number;
  thresholdMs: number;
  /** Percent of the threshold, as the contract lists them. */
  levels: readonly number[];
}

export function findFallOut(input: FallOutInput): Pick<EmergencyScore, 'fallsOut' | 'belowAt'> {
  const { endMs, windowMs, thresholdMs } = input;
  const inside = intersectSpans(input.down, [{ fromMs: endMs - windowMs, toMs: endMs }]);
  const totalMs = lengthMs(inside);
  const [oldest] = inside;
  const belowAt = input.levels
    .filter((percent) => totalMs * 100 >= percent * thresholdMs)
    .map((percent) => {
      // The most that is still below the level, in whole milliseconds.
      const keptMs = Math.ceil((percent * thresholdMs) / 100) - 1;
      const gone = instantAfter(inside, totalMs - keptMs) + windowMs;
      const cycles = Math.ceil((gone - endMs) / input.cycleMs);
      return { ratio: percent / 100, at: shortInstant(endMs + cycles * input.cycleMs) };
    });
  if (oldest === undefined) return { fallsOut: null, belowAt };
  const fallsOut = {
    from: shortInstant(oldest.fromMs + windowMs),
    to: shortInstant(oldest.toMs + windowMs),
    seconds: lengthMs([oldest]) / 1000,
  };
  return { fallsOut, belowAt };
}

/** The instant before which `amountMs` of the set lie; they do. */
function instantAfter(spans: readonly Span[], amountMs: number): number {
  let leftMs = amountMs;
  for (const { fromMs, toMs } of spans) {
    if (toMs - fromMs >= leftMs) return fromMs + leftMs;
    leftMs -= toMs - fromMs;
  }
  return spans.at(-1)?.toMs ?? 0;
}
