/**
 * The other side's month beside ours, cycle by cycle. Every stretch in which the two do not say the
 * same is a dispute, with our response beside their figure (Appendix 10, 8.3: both are published).
 * What they do not report is not compared, and counted.
 */
import type { LoadedContract } from '#sla/contract/contract-file.ts';
import { instantMs, shortInstant } from '#sla/measurement/instant.ts';
import type { Scorer } from '#sla/score/scorer.ts';
import type { TheirCycle, TheirReport, TheirState } from './counterparty.ts';
import type { ExplainedSubject, ReadState } from './explanation.ts';
import type { Period } from './period.ts';
import { type ReadSubject, readSubjects } from './readings.ts';
import { type Report, type ReportEvidence, reportedContract } from './report.ts';

const DAY_MS = 86_400_000;

/** What we say to some of their down time. */
export interface DisputeResponse {
  /** Any subject where absent. */
  service?: ExplainedSubject['service'];
  from: string;
  to: string;
  text: string;
  author: string;
}

export interface Dispute extends ExplainedSubject {
  from: string;
  to: string;
  seconds: number;
  cycles: number;
  theirs: TheirState | 'contradictory';
  ours: ReadState;
  /** Ours, in words; empty while there is none. */
  responses: string[];
}

/** One subject, in seconds of the cycles that both speak of. */
export interface ComparedSubject extends ExplainedSubject {
  comparedSeconds: number;
  /** Of the month, not in their report. */
  unreportedSeconds: number;
  theirDownSeconds: number;
  ourDownSeconds: number;
  disputedSeconds: number;
}

/** A report as any other: `breaches` is empty, `disputes` says where the two differ. */
export interface Comparison
  extends Pick<
    Report,
    | 'schema'
    | 'id'
    | 'status'
    | 'paragraph'
    | 'contract'
    | 'period'
    | 'madeAt'
    | 'finalBy'
    | 'supersedes'
    | 'reason'
    | 'evidence'
  > {
  kind: 'counterparty';
  theirs: { file: string; sha256: string; dueAt: string; receivedAt: string; isLate: boolean };
  subjects: ComparedSubject[];
  disputes: Dispute[];
}

export interface ComparisonInput {
  contract: LoadedContract;
  month: Period;
  scorer: Scorer;
  theirs: TheirReport;
  file: string;
  receivedMs: number;
  madeAtMs: number;
  responses: readonly DisputeResponse[];
  version: number;
  supersedes: Report['supersedes'];
  reason: string;
  evidence: ReportEvidence;
}

/** `CONTRACT-counterparty-2026-10`. */
export function comparisonSeries(contractId: string, month: Period): string {
  return `${contractId}-counterparty-${month.name}`;
}

export function buildComparison(input: ComparisonInput): Comparison {
  const { contract: loaded, month, scorer, theirs, receivedMs } = input;
  const { contract } = loaded;
  const rule = contract.reports.find(({ report }) => report === 'counterparty');
  const dueMs = month.endMs + (rule?.report === 'counterparty' ? rule.withinDays : 0) * DAY_MS;
  const span = { fromMs: month.startMs, toMs: month.endMs };
  const cyclesOf = Map.groupBy(theirs.cycles, ({ subject }) => keyOf(subject));
  const subjects: ComparedSubject[] = [];
  const disputes: Dispute[] = [];
  for (const reader of readSubjects(scorer, span, undefined)) {
    const own = cyclesOf.get(keyOf(reader.name));
    if (own === undefined) continue;
    const compared = compareSubject(reader, own, month);
    subjects.push(compared.subject);
    disputes.push(...compared.disputes.map((each) => withResponses(each, input.responses)));
  }
  return {
    schema: 1,
    id: `${comparisonSeries(contract.id, month)}-v${input.version}`,
    kind: 'counterparty',
    status: 'final',
    paragraph: rule?.paragraph ?? '',
    contract: reportedContract(loaded),
    period: { name: month.name, from: shortInstant(span.fromMs), to: shortInstant(span.toMs) },
    madeAt: shortInstant(input.madeAtMs),
    finalBy: null,
    supersedes: input.supersedes,
    reason: input.reason,
    theirs: {
      file: input.file,
      sha256: theirs.digest,
      dueAt: shortInstant(dueMs),
      receivedAt: shortInstant(receivedMs),
      isLate: receivedMs > dueMs,
    },
    subjects,
    disputes,
    evidence: input.evidence,
  };
}

function compareSubject(
  reader: ReadSubject,
  theirs: readonly TheirCycle[],
  month: Period,
): { subject: ComparedSubject; disputes: Dispute[] } {
  const { cycleMs, name } = reader;
  const states = new Map<number, TheirState | 'contradictory'>();
  for (const { atMs, state } of theirs) {
    const startMs = Math.floor(atMs / cycleMs) * cycleMs;
    if (startMs < month.startMs || startMs >= month.endMs) continue;
    const present = states.get(startMs) ?? state;
    states.set(startMs, present === state ? state : 'contradictory');
  }
  const seconds = cycleMs / 1000;
  const subject: ComparedSubject = {
    ...name,
    comparedSeconds: states.size * seconds,
    unreportedSeconds: (month.endMs - month.startMs) / 1000 - states.size * seconds,
    theirDownSeconds: 0,
    ourDownSeconds: 0,
    disputedSeconds: 0,
  };
  const disputes: Dispute[] = [];
  for (const [startMs, state] of [...states].sort(([a], [b]) => a - b)) {
    const ours = reader.stateAt(startMs);
    if (state === 'down') subject.theirDownSeconds += seconds;
    if (ours === 'down') subject.ourDownSeconds += seconds;
    if (isSame(state, ours)) continue;
    subject.disputedSeconds += seconds;
    const from = shortInstant(startMs);
    const to = shortInstant(startMs + cycleMs);
    const last = disputes.at(-1);
    if (last?.to === from && last.theirs === state && last.ours === ours) {
      last.to = to;
      last.seconds += seconds;
      last.cycles += 1;
    } else {
      disputes.push({ ...name, from, to, seconds, cycles: 1, theirs: state, ours, responses: [] });
    }
  }
  return { subject, disputes };
}

/** Neither side says anything of a cycle that is discarded here and inconclusive there. */
function isSame(theirs: Dispute['theirs'], ours: ReadState): boolean {
  if (theirs === 'up' || theirs === 'down') return theirs === ours;
  if (theirs === 'inconclusive') return ours === 'discarded' || ours === 'unmeasured';
  return theirs === 'disabled' && (ours === 'not-judged' || ours === 'unmeasured');
}

function withResponses(dispute: Dispute, responses: readonly DisputeResponse[]): Dispute {
  const own = responses.filter(
    ({ service, from, to }) =>
      (service === undefined || service === dispute.service) &&
      instantMs(from) < instantMs(dispute.to) &&
      instantMs(to) > instantMs(dispute.from),
  );
  return { ...dispute, responses: own.map(({ text, author }) => `${text} (${author})`) };
}

function keyOf({ service, nameserver = '', address = '' }: ExplainedSubject): string {
  return `${service} ${nameserver} ${address}`;
}
