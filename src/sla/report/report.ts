/**
 * A report as a document: what it says, of what, and what it rests on. Its JSON is the original;
 * CSV and HTML are made of it. Durations are seconds, instants ISO 8601 UTC, percentages texts
 * (percent.ts), so that nobody rounds them by reading them.
 */
import type { LoadedContract } from '#sla/contract/contract-file.ts';
import type { EmergencyScore, IncidentScore, ParameterScore } from '#sla/score/score-json.ts';
import type { JudgedClaim } from './credit-claims.ts';
import type { RestoredService } from './restoration.ts';
import type { TransactionReport } from './transactions.ts';
import type { ReportedWaiver, WaivedShare } from './waiver.ts';

export const REPORT_SCHEMA_VERSION = 1;

export type ReportKind = 'weekly' | 'monthly' | 'quarterly' | 'annual';

/** Availability of a downtime figure: `min` counts what was not measured as down. */
export interface Availability {
  min: string;
  max: string;
}

/** A figure as it was scored, with its availability where it is one of down time. */
export type ReportFigure = ParameterScore & { availabilityPercent?: Availability };

/** Scores of one span: a week, or a month that the period touches. */
export interface ReportSection {
  /** `2026-W40`, `2026-10`. */
  name: string;
  from: string;
  to: string;
  /** Up to when cycles were decided, for a span that was not over; else `null`. */
  asOf: string | null;
  /** Limits are monthly: figures of a week have no verdict. */
  isJudged: boolean;
  figures: ReportFigure[];
  emergency: EmergencyScore[];
  incidents: IncidentScore[];
}

/** Entries that bear on figures; when one comes in, the report is made again. */
export const REPORTED_KINDS = [
  'notice',
  'false-positive',
  'exclusion',
  'forecast',
  'transactions',
  'credit-claim',
] as const;

/** One that bears on the period's figures, as it was made. */
export interface ReportEntry {
  kind: (typeof REPORTED_KINDS)[number];
  at: string;
  from: string;
  to: string;
  services: string[];
  /** `planned`, `disaster`, …; of a false positive `agreed` or `disputed`. */
  type: string;
  /** Who made it, who agreed, why. */
  text: string;
}

/** What the figures were made of: whoever has the same recomputes them. */
export type ReportEvidence =
  | {
      kind: 'ledger';
      /** SHA-256 of the last line that was read. */
      head: string;
      /** Of each day's file as far as it was read. */
      days: { day: string; lines: number; sha256: string }[];
    }
  | { kind: 'measurements'; file: string; sha256: string };

/** The contract in force, by the digest of its file. */
export interface ReportedContract {
  id: string;
  version: number;
  title: string;
  document: string;
  isContractual: boolean;
  sha256: string;
}

export function reportedContract({ contract, digest }: LoadedContract): ReportedContract {
  const { id, version, title, document, contractual } = contract;
  return { id, version, title, document, isContractual: contractual, sha256: digest };
}

export interface ReportBreach {
  month: string;
  parameter: string;
  /** A name server's address; empty for anything else. */
  subject: string;
  figure: string;
  /** How much of the month nothing was owed in. */
  waived: WaivedShare;
}

export interface Report {
  schema: typeof REPORT_SCHEMA_VERSION;
  /** `registry-weekly-2026-W40-v2`. */
  id: string;
  kind: ReportKind;
  status: 'preliminary' | 'final';
  /** Of the contract's demand; empty for a report that it does not demand. */
  paragraph: string;
  contract: ReportedContract;
  period: { name: string; from: string; to: string };
  madeAt: string;
  /** A preliminary one is made final by then. */
  finalBy: string | null;
  /** The report that this one replaces, by the digest of its JSON. */
  supersedes: { id: string; sha256: string } | null;
  /** Why it was made again; empty for a first one. */
  reason: string;
  sections: ReportSection[];
  /** A month's breaches over the whole period, for reconciliation. */
  breaches: ReportBreach[];
  entries: ReportEntry[];
  /** Obligations that are waived in the period. */
  waiver: ReportedWaiver | null;
  /** Claims for credits, where the contract has a clause about them; not of a week. */
  claims: JudgedClaim[];
  /** Services after a force majeure that began in the period. */
  restoration: RestoredService[];
  transactions: TransactionReport | null;
  evidence: ReportEvidence;
}
