/** What the sidecar shows of its reports, as types. Instants are ISO 8601 in UTC. */

export type ReportFileFormat = 'json' | 'csv' | 'html' | 'sha256';

export interface ReportPorts {
  /** Newest period first. */
  reports: () => Promise<ReportRow[]>;
  /** A report's file, checked against its digest; `undefined` if there is no such report. */
  read: (id: string, format: ReportFileFormat) => Promise<string | undefined>;
  /** For the HTML of a report. */
  contentPolicy: string;
  /** Reports of the other side that are expected, and since when they are overdue. */
  expected: () => ExpectedReport[];
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
