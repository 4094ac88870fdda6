/**
 * Where one contract's reading of one subject changes: stretches of one cycle state, cut where
 * entries begin and end to say something about them. What is read comes from the timelines and the
 * judgements that the score itself is made of.
 */
import type { ServiceName } from '#sla/contract/contract.ts';
import { instantMs } from '#sla/measurement/instant.ts';
import { type EntryEffect, judgeEntry } from '#sla/score/corrections.ts';
import {
  ABSENT,
  type CycleState,
  DISCARDED,
  DOWN,
  UNMEASURED,
  UP,
} from '#sla/score/cycle-tally.ts';
import type { Evidence } from '#sla/score/evidence.ts';
import type { Scorer } from '#sla/score/scorer.ts';
import type { Span } from '#sla/score/spans.ts';
import { type Subject, Subjects } from '#sla/score/subjects.ts';
import type { ExplainedSubject, Reading, ReadState } from './explanation.ts';

const STATE_NAMES: ReadonlyMap<CycleState | undefined, ReadState> = new Map([
  [UP, 'up'],
  [DOWN, 'down'],
  [DISCARDED, 'discarded'],
  [UNMEASURED, 'unmeasured'],
  [ABSENT, 'not-judged'],
]);

/** One subject under one contract. */
export class ReadSubject {
  readonly name: ExplainedSubject;
  readonly service: ServiceName;
  readonly cycleMs: number;
  readonly #contract: Scorer['contract'];
  readonly #evidence: Evidence;
  readonly #subject: Subject;
  readonly #effects: EntryEffect[];

  constructor(scorer: Scorer, evidence: Evidence, subject: Subject, untilMs: number) {
    const { service, nameserver, address } = subject.corrected;
    this.name = {
      service: subject.name,
      ...(nameserver === undefined || address === undefined ? {} : { nameserver, address }),
    };
    this.service = service;
    this.cycleMs = subject.timeline.cycleMs;
    this.#contract = scorer.contract;
    this.#evidence = evidence;
    this.#subject = subject;
    this.#effects = evidence.events.flatMap((event) =>
      judgeEntry(scorer.contract, event, subject.corrected, untilMs),
    );
  }

  /** Start of the first cycle at or after `span`, end of the last one that starts in it. */
  decidedSpan(span: Span): Span {
    const { originMs, cycleMs, states } = this.#subject.timeline;
    const fromMs = Math.ceil(span.fromMs / cycleMs) * cycleMs;
    const toMs = Math.ceil(span.toMs / cycleMs) * cycleMs;
    return { fromMs, toMs: Math.min(toMs, originMs + states.length * cycleMs) };
  }

  /** Every instant in `span` at which the reading may change, in no order. */
  cuts(span: Span): number[] {
    const { originMs, cycleMs, states } = this.#subject.timeline;
    const cuts: number[] = [];
    const first = (span.fromMs - originMs) / cycleMs;
    const end = (span.toMs - originMs) / cycleMs;
    for (let at = first; at < end; at++) {
      if (states[at] !== states[at - 1]) cuts.push(originMs + at * cycleMs);
    }
    for (const { spans } of this.#effects) {
      for (const { fromMs, toMs } of spans) cuts.push(fromMs, toMs);
    }
    return cuts.filter((ms) => ms > span.fromMs && ms < span.toMs);
  }

  stateAt(ms: number): ReadState {
    const { originMs, cycleMs, states } = this.#subject.timeline;
    const state = states[Math.floor((ms - originMs) / cycleMs)];
    return STATE_NAMES.get(state as CycleState | undefined) ?? 'not-judged';
  }

  /** Of a stretch without a cut in it, but for its votes. */
  read({ fromMs, toMs }: Span): Reading {
    const { id: contract } = this.#contract;
    const state = this.stateAt(fromMs);
    const reading: Reading = {
      contract,
      state,
      treatment: 'none',
      countedSeconds: 0,
      isDisputed: false,
      because: [],
    };
    if (state !== 'down') return reading;
    const here = this.#effects.filter(({ spans }) =>
      spans.some((span) => span.fromMs <= fromMs && fromMs < span.toMs),
    );
    const find = (effect: EntryEffect['effect']): EntryEffect | undefined =>
      here.find((each) => each.effect === effect);
    const taken = find('false-positive') ?? find('excused');
    if (taken !== undefined && taken.effect !== 'none' && taken.effect !== 'disputed') {
      const { effect, paragraph, reason } = taken;
      const clause = paragraph === undefined ? {} : { paragraph };
      return { ...reading, treatment: effect, ...clause, because: [reason] };
    }
    return {
      ...reading,
      treatment: 'counted',
      countedSeconds: (toMs - fromMs) / 1000,
      isDisputed: find('disputed') !== undefined,
      because: [...new Set(here.map(phrase))],
    };
  }

  /** How probes voted in a stretch, or why nothing is known of it; of services alone. */
  votes(span: Span): string[] {
    const state = this.stateAt(span.fromMs);
    if (state === 'not-judged' || this.name.service !== this.service) return [];
    if (state === 'unmeasured') return [this.#isInGap(span) ? 'the monitor was down' : 'no test'];
    const rules = this.#contract.services[this.service];
    if (rules === undefined) return [];
    const active = new Range();
    const unavailable = new Range();
    const tallies = this.#evidence.services.get(this.service)?.tallies();
    const first = Math.floor(span.fromMs / this.cycleMs) * this.cycleMs;
    for (let ms = first; ms < span.toMs; ms += this.cycleMs) {
      const votes = tallies?.get(ms / 1000)?.votes;
      if (votes === undefined) continue;
      active.add(votes.active);
      unavailable.add(votes.unavailable);
    }
    if (state === 'discarded') {
      return [
        `${active.text()} probes with results, ${rules.probesMin} are needed (${rules.paragraph})`,
      ];
    }
    const { numerator, denominator, comparator } = rules.quorum;
    const enough = `${comparator === '>' ? 'more than ' : ''}${numerator} of ${denominator}`;
    const seen = `${unavailable.text()} of ${active.text()} probes see it down`;
    return [`${seen}, ${enough} make it so (${rules.paragraph})`];
  }

  #isInGap(span: Span): boolean {
    return this.#evidence.monitorGaps.some(
      ({ from, to }) => instantMs(from) <= span.fromMs && span.fromMs < instantMs(to),
    );
  }
}

function phrase({ paragraph, reason }: EntryEffect): string {
  return paragraph === undefined ? reason : `${reason} (${paragraph})`;
}

/** `20`, or `18 to 20`. */
class Range {
  #low = Infinity;
  #high = -Infinity;

  add(count: number): void {
    this.#low = Math.min(this.#low, count);
    this.#high = Math.max(this.#high, count);
  }

  text(): string {
    if (this.#low > this.#high) return '0';
    return this.#low === this.#high ? `${this.#low}` : `${this.#low} to ${this.#high}`;
  }
}

/** Every subject of a contract's evidence in `span`, in the order of the score. */
export function readSubjects(
  scorer: Scorer,
  span: Span,
  asOfMs: number | undefined,
): ReadSubject[] {
  const evidence = scorer.evidence();
  const period = { name: '', startMs: span.fromMs, endMs: span.toMs };
  const subjects = new Subjects(scorer.contract, period, evidence, asOfMs).all();
  return subjects.map((each) => new ReadSubject(scorer, evidence, each, asOfMs ?? Infinity));
}
