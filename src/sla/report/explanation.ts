/**
 * An explanation of a span of time: every stretch in which a contract saw anything but up, what was
 * tested in it, and how each contract reads it. Durations are seconds, instants ISO 8601 UTC.
 */
import type { IncidentScore } from '#sla/score/score-json.ts';

/** What is judged: a service, DNSSEC, or one address of a name server. */
export interface ExplainedSubject {
  service: IncidentScore['service'];
  nameserver?: string;
  address?: string;
}

/** `not-judged`: the contract has no such service, or the address was not of record. */
export type ReadState = 'up' | 'down' | 'discarded' | 'unmeasured' | 'not-judged';

/** What becomes of down time; `none` where there is no down time. */
export type Treatment = 'counted' | 'excused' | 'false-positive' | 'none';

/** How one contract reads a stretch. */
export interface Reading {
  contract: string;
  state: ReadState;
  treatment: Treatment;
  /** Down seconds that go into the figure. */
  countedSeconds: number;
  /** Counted, and claimed by one side to be none. */
  isDisputed: boolean;
  /** Of the clause that excuses; none where nothing does. */
  paragraph?: string;
  /** In words: votes against the quorum, and what each entry does or why it does nothing. */
  because: string[];
}

/** Tests of one target within a stretch, of all probes. */
export interface SeenTests {
  /** `NAMESERVER ADDRESS TRANSPORT`, `INTERFACE ADDRESS`, `CLASS ADDRESS COMMAND`. */
  target: string;
  tests: number;
  answered: number;
  unanswered: number;
  /** The probe's own fault: in no figure. */
  internal: number;
  /** Answered with signatures that do not hold. */
  bogus: number;
  /** Slowest answer, microseconds; absent without an answer. */
  slowestUs?: number;
  /** How often each error code was said. */
  errors: Record<string, number>;
  /** Probes to which the target did not answer. */
  failedProbes: string[];
}

export interface ExplainedLine extends ExplainedSubject {
  from: string;
  to: string;
  seconds: number;
  cycles: number;
  /** The contracts do not count the same. */
  differs: boolean;
  seen: SeenTests[];
  readings: Reading[];
}

/** The sum of the lines of a subject under a contract; what its downtime figures come from. */
export interface ExplainedTotal extends ExplainedSubject {
  contract: string;
  downSeconds: number;
  countedSeconds: number;
  excusedSeconds: number;
  falsePositiveSeconds: number;
  disputedSeconds: number;
  discardedSeconds: number;
  unmeasuredSeconds: number;
}

export interface Explanation {
  from: string;
  to: string;
  /** Up to when cycles are decided, for a span that is not over; else `null`. */
  asOf: string | null;
  contracts: { contract: string; contractVersion: number; contractual: boolean }[];
  lines: ExplainedLine[];
  totals: ExplainedTotal[];
}
