/**
 * The score of one month under one contract, as `holdfast sla score --json` prints it and the
 * sidecar serves it. Durations are seconds unless the name says otherwise, instants ISO 8601 UTC.
 */
export type Verdict = 'met' | 'breached' | 'undetermined' | 'not-measured';

/** Down time of a service or of one address of a name server. */
export interface DowntimeScore {
  parameter: string;
  nameserver?: string;
  address?: string;
  limitSeconds?: number;
  /** Of a share of the month: the allowed down time, exact. */
  limitMilliseconds?: number;
  /** `min` is measured; `max` adds what was not measured. */
  downSeconds: { min: number; max: number };
  /** Down cycles inside incidents only. */
  rsmDownSeconds: number;
  /** Cycles with too few probes. */
  discardedSeconds: number;
  unmeasuredSeconds: number;
  /** Cycles that are up or down. */
  measuredSeconds: number;
  /** Down time that the contract excuses. */
  excusedSeconds: number;
  /** Down time claimed to be none, without the other side's agreement: it counts. */
  disputedSeconds: number;
  /** Down time agreed to have been none. */
  falsePositiveSeconds: number;
  verdict: Verdict;
}

/** A share of tests, updates or samples within a limit. */
export interface ShareScore {
  parameter: string;
  limitMs?: number;
  limitSeconds?: number;
  limitShare: number;
  total: number;
  within: number;
  share: number;
  verdict: Verdict;
}

export interface TicketScore {
  parameter: string;
  limitSeconds: number;
  tickets: number;
  /** Answered late, or not yet and overdue. */
  late: number;
  /** Not answered, and not overdue yet. */
  pending: number;
  lateTickets: string[];
  verdict: Verdict;
}

export interface BackupScore {
  parameter: string;
  perDayMin: number;
  locationsMin?: number;
  /** Whole UTC days judged, and those that fell short. */
  days: number;
  shortDays: string[];
  verdict: Verdict;
}

export type ParameterScore = DowntimeScore | ShareScore | TicketScore | BackupScore;

export interface EmergencyScore {
  service: 'dns' | 'dnssec' | 'rdds' | 'epp';
  thresholdSeconds: number;
  /** Of the window that ends with the last decided cycle: what counts as down, and its share. */
  downSeconds: number;
  ratio: number;
  /** Its oldest stretch of down time leaves the window between these instants; `null` if none. */
  fallsOut: { from: string; to: string; seconds: number } | null;
  /** For each level reached: end of the cycle with which it is below, if nothing is added. */
  belowAt: { ratio: number; at: string }[];
  peakSeconds: number;
  peakRatio: number;
  /** Start of the cycle that reached the peak; `null` without down time. */
  peakAt: string | null;
  crossings: { ratio: number; at: string }[];
}

export interface IncidentScore {
  /** `dns-nameserver`: one address of a name server. */
  service: 'dns' | 'dns-nameserver' | 'dnssec' | 'rdds' | 'epp';
  nameserver?: string;
  address?: string;
  start: string;
  /** `null` while it is open. */
  end: string | null;
  downSeconds: number;
  /** All of its down time was agreed to have been none. */
  falsePositive: boolean;
}

export interface Score {
  contract: string;
  contractVersion: number;
  month: string;
  policy: 'strict';
  contractual: boolean;
  /** Up to when cycles are decided, for a month that is not over; else `null`. */
  asOf: string | null;
  parameters: ParameterScore[];
  emergency: EmergencyScore[];
  incidents: IncidentScore[];
}
