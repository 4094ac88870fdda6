/** What the sidecar shows of its reports, as types. Instants are ISO 8601 in UTC. */

export type ReportFileFormat = 'json' | 'csv' | 'html' | 'sha256';

export interface ReportPorts {
  /** Newest period first. */
  reports: () => Promise<ReportRow[]>;
  /** A report's file, checked against its digest; `undefined` if there is no such report. */
  read: (id: string, format: ReportFileFormat) => Promise<string | undefined>;
  /** For the HTML of a report. */
  contentPolicy: string;
  /**
   * Compares the other side's report of a month with ours, and keeps the comparison. Refusals are
   * HttpErrors: 404 for a contract that is not scored here, 422 with the line for a report that is
   * not understood, 503 while too many are compared.
   */
  compare: (upload: TheirUpload) => Promise<ComparedUpload>;
  /** Reports of the other side that are expected, and since when they are overdue. */
  expected: () => ExpectedReport[];
}

export interface TheirUpload {
  contract: string;
  /** `2026-10`. */
  month: string;
  /** What the file is called, for people. */
  name: string;
  /** Why it is made again; empty for a first one. */
  reason: string;
  octets: Uint8Array;
}

/** What came of a comparison; the whole is under `/reports/ID.json`. */
export interface ComparedUpload {
  id: string;
  /** SHA-256 of the comparison's JSON. */
  digest: string;
  supersedes: string | null;
  theirs: { sha256: string; dueAt: string; receivedAt: string; isLate: boolean };
  /** Subjects that both speak of. */
  subjects: object[];
  /** The first 1000: each with their state, ours, and what we answer. */
  disputes: object[];
  disputeCount: number;
}

export interface ReportRow {
  id: string;
  contract: string;
  kind: string;
  period: string;
  status: 'preliminary' | 'final';
  madeAt: string;
  /** `null` for a final one. */
  finalBy: string | null;
  /** Id of the report that this one replaced; `null` for a first one. */
  supersedes: string | null;
  /** True where a newer one replaced it. */
  isSuperseded: boolean;
  /** Of the other side's report: disputes. */
  breaches: number;
  /** SHA-256 of the JSON. */
  digest: string;
}

export interface ExpectedReport {
  contract: string;
  /** `2026-10`. */
  month: string;
  paragraph: string;
  dueAt: string;
  isOverdue: boolean;
}
