/**
 * Why contracts differ, line by line: all of them read the same evidence, and every stretch in
 * which one of them sees anything but up is shown with the reading of each. The seconds of the
 * lines add up to the downtime figures of the score.
 *
 *   evidence --> a scorer per contract --> stretches --> merged lines --> totals
 *            \-> second reading: the tests of those lines (seen-tests.ts)
 */
import { shortInstant } from '#sla/measurement/instant.ts';
import type { Scorer } from '#sla/score/scorer.ts';
import type { Span } from '#sla/score/spans.ts';
import type {
  ExplainedLine,
  ExplainedSubject,
  ExplainedTotal,
  Explanation,
  Reading,
} from './explanation.ts';
import { type ReadSubject, readSubjects } from './readings.ts';
import { ExplanationTooLongError } from './report-error.ts';
import type { Evidence, TestWatch } from './seen-tests.ts';
import { SeenTestsOfLines } from './seen-tests.ts';

/** Stretches of one explanation. */
const LINES_MAX = 20_000;

/** Stretches in the making: instants, and who reads them. */
interface Stretch extends Span {
  readings: Reading[];
}

/**
 * @param scorers one for each contract, filled with the same evidence
 * @param evidence reads that evidence once more, for the tests of what is explained
 * @param asOfMs as of when; absent for a span that is over
 * @throws ExplanationTooLongError
 */
export async function explainSpan(
  scorers: readonly Scorer[],
  span: Span,
  evidence: () => Evidence,
  asOfMs?: number,
): Promise<Explanation> {
  const readers = scorers.map((scorer) => readSubjects(scorer, span, asOfMs));
  const lines: ExplainedLine[] = [];
  const totals: ExplainedTotal[] = [];
  const watches: TestWatch[] = [];
  for (const own of groupBySubject(readers)) {
    const stretches = stretchesOf(scorers, own, span);
    for (const [at, { contract }] of scorers.entries()) {
      if (own[at] !== undefined) totals.push(totalOf(contract.id, own[at], at, stretches));
    }
    for (const stretch of stretches) {
      if (!isShown(own, stretch)) continue;
      if (lines.length === LINES_MAX) throw new ExplanationTooLongError(LINES_MAX);
      const { line, watch } = lineOf(own, stretch);
      lines.push(line);
      watches.push(watch);
    }
  }
  await fillSeen(lines, watches, evidence());
  lines.sort((a, b) => compareTexts(a.from, b.from));
  return {
    from: shortInstant(span.fromMs),
    to: shortInstant(span.toMs),
    asOf: asOfMs === undefined ? null : shortInstant(asOfMs),
    contracts: scorers.map(({ contract: { id, version, contractual } }) => {
      return { contract: id, contractVersion: version, contractual };
    }),
    lines,
    totals,
  };
}

async function fillSeen(
  lines: readonly ExplainedLine[],
  watches: readonly TestWatch[],
  evidence: Evidence,
): Promise<void> {
  if (watches.length === 0) return;
  const seen = new SeenTestsOfLines(watches);
  for await (const piece of evidence) seen.add(piece);
  for (const [at, line] of lines.entries()) line.seen = seen.of(at);
}

/** For each subject that any contract has: its reader under each contract, by place. */
function groupBySubject(readers: readonly ReadSubject[][]): (ReadSubject | undefined)[][] {
  const bySubject = new Map<string, (ReadSubject | undefined)[]>();
  for (const [at, own] of readers.entries()) {
    for (const reader of own) {
      const key = JSON.stringify(reader.name);
      const group = bySubject.get(key) ?? readers.map(() => undefined);
      group[at] = reader;
      bySubject.set(key, group);
    }
  }
  return [...bySubject.values()];
}

/** `span` cut where any reading changes; neighbours that read the same are one again. */
function stretchesOf(
  scorers: readonly Scorer[],
  own: readonly (ReadSubject | undefined)[],
  span: Span,
): Stretch[] {
  const cuts = new Set<number>();
  for (const reader of own) {
    if (reader === undefined) continue;
    const decided = reader.decidedSpan(span);
    if (decided.fromMs >= decided.toMs) continue;
    for (const ms of [decided.fromMs, decided.toMs, ...reader.cuts(decided)]) cuts.add(ms);
  }
  const sorted = [...cuts].sort((a, b) => a - b);
  const stretches: Stretch[] = [];
  for (const [at, fromMs] of sorted.entries()) {
    const toMs = sorted[at + 1];
    if (toMs === undefined) break;
    const readings = own.map((reader, index) =>
      reader === undefined
        ? notJudged(scorers[index]?.contract.id ?? '')
        : reader.read({ fromMs, toMs }),
    );
    const last = stretches.at(-1);
    if (last?.toMs === fromMs && isSame(last.readings, readings)) {
      last.toMs = toMs;
      for (const [index, reading] of last.readings.entries()) {
        reading.countedSeconds += readings[index]?.countedSeconds ?? 0;
      }
    } else {
      stretches.push({ fromMs, toMs, readings });
    }
  }
  return stretches;
}

function notJudged(contract: string): Reading {
  return {
    contract,
    state: 'not-judged',
    treatment: 'none',
    countedSeconds: 0,
    isDisputed: false,
    because: [],
  };
}

function isSame(a: readonly Reading[], b: readonly Reading[]): boolean {
  return textOf(a) === textOf(b);
}

/** All but the seconds. */
function textOf(readings: readonly Reading[]): string {
  return JSON.stringify(readings.map((reading) => ({ ...reading, countedSeconds: 0 })));
}

/**
 * Down time is always shown. What was discarded or not measured is shown of services: it is the
 * same of every address of theirs.
 */
function isShown(own: readonly (ReadSubject | undefined)[], { readings }: Stretch): boolean {
  if (readings.some(({ state }) => state === 'down')) return true;
  const reader = own.find((each) => each !== undefined);
  if (reader === undefined || reader.name.service !== reader.service) return false;
  return readings.some(({ state }) => state === 'discarded' || state === 'unmeasured');
}

function lineOf(
  own: readonly (ReadSubject | undefined)[],
  stretch: Stretch,
): { line: ExplainedLine; watch: TestWatch } {
  const reader = own.find((each) => each !== undefined);
  if (reader === undefined) throw new Error('a stretch that no contract reads');
  const { fromMs, toMs } = stretch;
  const { cycleMs, service, name } = reader;
  const readings = stretch.readings.map((reading, at) => {
    const votes = own[at]?.votes(stretch) ?? [];
    return { ...reading, because: [...votes, ...reading.because] };
  });
  const judged = readings.filter(({ state }) => state !== 'not-judged');
  const kinds = judged.map(({ state, treatment }) => `${state} ${treatment}`);
  const line: ExplainedLine = {
    ...name,
    from: shortInstant(fromMs),
    to: shortInstant(toMs),
    seconds: (toMs - fromMs) / 1000,
    cycles: Math.ceil(toMs / cycleMs) - Math.floor(fromMs / cycleMs),
    differs: new Set(kinds).size > 1,
    seen: [],
    readings,
  };
  const address = name.address === undefined ? {} : { address: name.address };
  const nameserver = name.nameserver === undefined ? {} : { nameserver: name.nameserver };
  return { line, watch: { service, cycleMs, fromMs, toMs, ...nameserver, ...address } };
}

function totalOf(
  contract: string,
  { name }: { name: ExplainedSubject },
  at: number,
  stretches: readonly Stretch[],
): ExplainedTotal {
  const total: ExplainedTotal = {
    ...name,
    contract,
    downSeconds: 0,
    countedSeconds: 0,
    excusedSeconds: 0,
    falsePositiveSeconds: 0,
    disputedSeconds: 0,
    discardedSeconds: 0,
    unmeasuredSeconds: 0,
  };
  for (const { fromMs, toMs, readings } of stretches) {
    const reading = readings[at];
    if (reading === undefined) continue;
    const { state, treatment, countedSeconds, isDisputed } = reading;
    const seconds = (toMs - fromMs) / 1000;
    if (state === 'down') total.downSeconds += seconds;
    if (state === 'discarded') total.discardedSeconds += seconds;
    if (state === 'unmeasured') total.unmeasuredSeconds += seconds;
    if (treatment === 'excused') total.excusedSeconds += seconds;
    if (treatment === 'false-positive') total.falsePositiveSeconds += seconds;
    if (isDisputed) total.disputedSeconds += countedSeconds;
    total.countedSeconds += countedSeconds;
  }
  return total;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
