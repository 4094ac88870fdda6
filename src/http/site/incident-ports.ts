/**
 * What the sidecar says of incidents, emergency shares and messages, and what it takes from people,
 * as types. Instants are ISO 8601 in UTC, durations seconds.
 */

export interface IncidentPorts {
  incidents: () => IncidentsStatus;
  /** Takes an entry of any kind that people make. Refusals are HttpErrors. */
  enter: (body: unknown) => Promise<EnteredEntry>;
  /** An evidence file by its name; `undefined` if there is none. */
  evidence: (name: string) => Promise<string | undefined>;
}

export interface IncidentsStatus {
  /** Up to when cycles are decided. */
  asOf: string;
  /** Of this month and the last one, newest first. */
  incidents: IncidentRow[];
  shares: ShareRow[];
  backups: BackupRow[];
  corrections: CorrectionRow[];
  messages: MessageRow[];
}

export interface IncidentRow {
  contract: string;
  /** `dns`, or `dns-nameserver ns1.example. 192.0.2.1`. */
  subject: string;
  state: 'open' | 'resolved' | 'false-positive';
  start: string;
  /** `null` while it is open. */
  end: string | null;
  downSeconds: number;
}

/** The rolling week of one service under one contract. */
export interface ShareRow {
  contract: string;
  service: string;
  downSeconds: number;
  thresholdSeconds: number;
  ratio: number;
  /** The highest level that is reached, in percent; 0 below the lowest. */
  percent: number;
  escalation: 'none' | 'open' | 'suspended';
  /** Until when escalation is suspended; `null` if it is not. */
  suspendedUntil: string | null;
  /** The oldest down time leaves the week between these instants. */
  fallsOut: { from: string; to: string; seconds: number } | null;
  /** With which cycle the share is below each level it has reached, if nothing is added. */
  belowAt: { ratio: number; at: string }[];
}

/** Where the good backups of a contract that asks for places lie. */
export interface BackupRow {
  contract: string;
  locationsMin: number;
  /** Locations with a good backup of the last 8 hours. */
  good: string[];
  /** Since when there are too few; `null` while there are enough. */
  lackingSince: string | null;
}

/** What an entry changed; `changes` is empty where figures are as they were. */
export interface CorrectionRow {
  contract: string;
  entry: object;
  /** `false-positive from … to …`. */
  title: string;
  reason: string;
  agreedBy: string;
  changes: {
    month: string;
    parameter: string;
    subject: string;
    before: { downSeconds: number; verdict: string };
    after: { downSeconds: number; verdict: string };
  }[];
}

export interface MessageRow {
  id: string;
  contact: string;
  at: string;
  state: 'waiting' | 'delivered' | 'dead';
  attempts: number;
  /** Why it was not taken; empty where it was. */
  detail: string;
  summary: string;
  /** Names of evidence files. */
  evidence: string[];
}

export interface EnteredEntry {
  /** As it stands in the ledger. */
  entry: object;
  effects: EntryEffectStatus[];
}

export interface EntryEffectStatus {
  contract: string;
  /** Empty for an entry that is about none. */
  service: string;
  effect:
    | 'false-positive'
    | 'excused'
    | 'disputed'
    | 'none'
    /** Of a forecast. */
    | 'in-time'
    | 'late'
    /** Of a volume. */
    | 'counted'
    /** Of a claim: the report says whether it stands. */
    | 'claimed';
  from: string;
  to: string;
  paragraph: string;
  reason: string;
}
