/**
 * Several periods judged in two readings of the evidence, in the memory of a few months whatever
 * the length of the whole:
 *
 *   1st: entries of people and servers, which may come long after what they are about
 *   2nd: cycles and changes in their order, to the scorers of the periods that are near them
 *
 * What comes out is what a scorer with everything would say: a timeline reaches no further.
 */
import type { Contract } from '#sla/contract/contract.ts';
import type { CycleRecord } from '#sla/measurement/cycle-record.ts';
import type { Event, Measurement } from '#sla/measurement/measurement.ts';
import type { Score } from '#sla/score/score-json.ts';
import { Scorer } from '#sla/score/scorer.ts';
import type { Period } from './period.ts';

/** Evidence that can be read again; both readings must be of the same. */
export type EvidenceReader = () => AsyncIterable<Measurement | CycleRecord>;

/** As far as a timeline reaches beyond its period, and incidents close. */
const REACH_MS = 62 * 86_400_000;

export interface JudgedPeriods {
  /** In the order of the periods. */
  scores: Score[];
  /** All entries but tests, changes and samples. */
  entries: Event[];
}

/** `asOfMs` is for each period: absent for one that is over. */
export async function judgePeriods(
  contract: Contract,
  periods: readonly Period[],
  evidence: EvidenceReader,
  asOfMs: (period: Period) => number | undefined,
): Promise<JudgedPeriods> {
  const entries = new Map<string, Event>();
  for await (const piece of evidence()) {
    if (isEntry(piece)) entries.set(JSON.stringify(piece), piece);
  }
  const open = new Map<Period, Scorer>();
  const scores = new Map<Period, Score>();
  const close = (period: Period, scorer: Scorer): void => {
    scores.set(period, scorer.score(period, asOfMs(period)));
    open.delete(period);
  };
  const scorerOf = (period: Period): Scorer => {
    const scorer = open.get(period) ?? new Scorer(contract);
    if (!open.has(period)) {
      for (const entry of entries.values()) scorer.add(entry);
      open.set(period, scorer);
    }
    return scorer;
  };
  for await (const piece of evidence()) {
    if (isEntry(piece)) continue;
    const ms = timeOf(piece);
    for (const period of periods) {
      if (scores.has(period) || ms < period.startMs - REACH_MS) continue;
      const scorer = scorerOf(period);
      if (ms < period.endMs + REACH_MS) scorer.add(piece);
      // A ledger is in order; of a file whose lines are not, the periods wait for its end.
      else if (piece.kind === 'cycle') close(period, scorer);
    }
  }
  for (const period of periods) if (!scores.has(period)) close(period, scorerOf(period));
  return {
    scores: periods.flatMap((period) => scores.get(period) ?? []),
    entries: [...entries.values()],
  };
}

function isEntry(piece: Measurement | CycleRecord): piece is Event {
  return !['test', 'cycle', 'update', 'update-begun', 'replica-lag'].includes(piece.kind);
}

function timeOf(piece: Measurement | CycleRecord): number {
  if (piece.kind === 'test' || piece.kind === 'cycle') return piece.cycle * 1000;
  return Date.parse('confirmedAt' in piece ? piece.confirmedAt : 'at' in piece ? piece.at : '');
}
