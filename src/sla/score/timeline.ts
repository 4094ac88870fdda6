/**
 * One subject (a service, an address of a name server, DNSSEC) as a row of cycle states, and the
 * spans that follow from it. A timeline reaches beyond its month on both sides: back for the
 * rolling week and for incidents that were open, forward for incidents that close later.
 */
import {
  ABSENT,
  type CycleState,
  type CycleTally,
  DISCARDED,
  DOWN,
  UNMEASURED,
} from './cycle-tally.ts';
import { type Span, subtractSpans, uniteSpans } from './spans.ts';

export interface Timeline {
  /** Start of the first cycle. */
  originMs: number;
  cycleMs: number;
  states: Uint8Array;
}

/** How states are made: what was tallied, less the cycles that a stopped monitor lost. */
export interface TimelineSource {
  originMs: number;
  /** Exclusive; whole cycles after `originMs`. */
  endMs: number;
  cycleMs: number;
  /** By first second of the cycle; one that has no tally is UNMEASURED. */
  tallies: ReadonlyMap<number, CycleTally>;
  stateOf: (tally: CycleTally) => CycleState;
  /** When the subject existed, if not always: elsewhere it is ABSENT. */
  presence?: readonly Span[] | undefined;
  /** Spans in which the monitor was down; a cycle wholly inside is unmeasured. */
  gaps: readonly Span[];
}

export function buildTimeline(source: TimelineSource): Timeline {
  const { originMs, endMs, cycleMs, tallies, stateOf, presence, gaps } = source;
  const states = new Uint8Array(Math.max(0, Math.floor((endMs - originMs) / cycleMs)));
  for (const [cycle, tally] of tallies) {
    const at = (cycle * 1000 - originMs) / cycleMs;
    if (at >= 0 && at < states.length) states[at] = stateOf(tally);
  }
  for (const gap of gaps) {
    const first = Math.max(0, Math.ceil((gap.fromMs - originMs) / cycleMs));
    states.fill(UNMEASURED, first, Math.max(first, Math.floor((gap.toMs - originMs) / cycleMs)));
  }
  if (presence === undefined) return { originMs, cycleMs, states };
  const whole: Span = { fromMs: originMs, toMs: originMs + states.length * cycleMs };
  for (const absence of subtractSpans([whole], presence)) {
    // A cycle belongs to the topology that holds when it starts.
    const first = Math.ceil((absence.fromMs - originMs) / cycleMs);
    states.fill(ABSENT, first, Math.ceil((absence.toMs - originMs) / cycleMs));
  }
  return { originMs, cycleMs, states };
}

/** The union of the cycles in one state that start within `span`. */
export function spansOf(timeline: Timeline, state: CycleState, span: Span): Span[] {
  const { originMs, cycleMs, states } = timeline;
  const spans: Span[] = [];
  const first = Math.max(0, Math.ceil((span.fromMs - originMs) / cycleMs));
  const end = Math.min(states.length, Math.ceil((span.toMs - originMs) / cycleMs));
  for (let at = first; at < end; at++) {
    if (states[at] !== state) continue;
    const fromMs = originMs + at * cycleMs;
    spans.push({ fromMs, toMs: fromMs + cycleMs });
  }
  return uniteSpans(spans);
}

/** True if this state says nothing: it neither opens nor closes an incident. */
export function isSilent(state: number | undefined): boolean {
  return state === UNMEASURED || state === DISCARDED || state === ABSENT;
}

export function isDown(state: number | undefined): boolean {
  return state === DOWN;
}
