/**
 * What the sidecar's pages and API need from the rest of the program, as types. Everything is text
 * or a number that is ready to be shown; instants are ISO 8601 in UTC. A verdict is whatever the
 * scorer said: pages never decide.
 */
import type { IncidentsStatus } from './incident-ports.ts';

export interface SitePorts {
  /** The sidecar's time: probes correct their clocks by it. */
  now: () => string;
  status: () => SiteStatus;
  /** A month's score as JSON; `undefined` when no such contract is scored. */
  score: (selection: ScoreSelection) => unknown;
  /**
   * Takes what a probe at this address hands in (NDJSON), all or nothing. Refusals are HttpErrors.
   */
  handIn: (text: string, address: string) => Promise<HandInReceipt>;
}

export interface ScoreSelection {
  /** Id of a contract; the first configured one where absent. */
  contract: string | undefined;
  /** `YYYY-MM`; the current one where absent. */
  month: string | undefined;
}

export interface HandInReceipt {
  accepted: number;
  repeated: number;
  late: number;
  now: string;
}

export interface SiteStatus {
  now: string;
  contracts: ContractStatus[];
  incidents: IncidentsStatus;
  /** Newest first: tests of cycles that are not decided yet, and of the last decided ones. */
  tests: TestStatus[];
  updates: UpdateStatus[];
  /** Newest first. */
  disagreements: DisagreementStatus[];
  /** Addresses of the hosts whose probes are up. */
  vantagePoints: string[];
  probes: ProbeStatus[];
  targets: ScrapeStatus[];
}

export type VerdictName = 'met' | 'breached' | 'undetermined' | 'not-measured';

export interface ContractStatus {
  id: string;
  title: string;
  /** False: the figures show what was measured and bind nobody. */
  isContractual: boolean;
  month: string;
  /** When it was judged; empty for a month that is over. */
  asOf: string;
  measuredSeconds: number;
  unmeasuredSeconds: number;
  parameters: ParameterStatus[];
  incidents: IncidentStatus[];
}

export interface ParameterStatus {
  name: string;
  /** A name server's address, where the parameter has one for each. */
  subject: string;
  figure: string;
  limit: string;
  verdict: VerdictName;
  /** What was seen in cycles that are not decided yet; empty where nothing was. */
  provisional: string;
}

export interface IncidentStatus {
  subject: string;
  start: string;
  /** Empty while it is open. */
  end: string;
  downSeconds: number;
}

export interface TestStatus {
  /** Start of its cycle. */
  cycle: string;
  probe: string;
  nameserver: string;
  address: string;
  transport: string;
  outcome: 'answered' | 'unanswered' | 'internal';
  /** Milliseconds with their fraction, or the error's code. */
  detail: string;
  isDecided: boolean;
}

export interface UpdateStatus {
  change: string;
  probe: string;
  address: string;
  confirmedAt: string;
  /** `0.120 s`, or that it was not seen. */
  took: string;
}

/** A server's own word and the probes' that cannot both be true. */
export interface DisagreementStatus {
  at: string;
  /** Start of a cycle, or the change and where it was looked for. */
  subject: string;
  finding: string;
  serverSays: string;
  probesSay: string;
}

export interface ProbeStatus {
  name: string;
  isUp: boolean;
  /** When the last result came in; empty before the first. */
  lastAt: string;
}

export interface ScrapeStatus {
  url: string;
  isUp: boolean;
  at: string;
  reason: string;
}
