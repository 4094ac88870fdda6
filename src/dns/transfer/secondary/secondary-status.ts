/** What people are told of a zone that is fetched. Instants are Unix milliseconds. */
import type { Name } from '#dns/wire/name.ts';
import type { Fetched } from './fetch-zone.ts';

export type SecondaryPhase =
  /** Waits for its refresh timer or a NOTIFY. */
  | 'waiting'
  /** Wants to be looked after and waits for its turn. */
  | 'queued'
  /** Asks a primary for its serial. */
  | 'checking'
  | 'transferring';

export interface SecondaryStatus {
  apex: Name;
  phase: SecondaryPhase;
  /** `undefined`: nothing was fetched yet. */
  serial: number | undefined;
  /** Answered SERVFAIL since no primary confirmed it for too long. */
  isExpired: boolean;
  /** When a primary was asked last, with whatever outcome. */
  checkedAtMs: number | undefined;
  /** When a primary last confirmed the zone or gave a new version. */
  confirmedAtMs: number | undefined;
  /** When it is looked after next. */
  nextAtMs: number;
  /** When it expires unless it is confirmed; `undefined` while there is nothing to expire. */
  expireAtMs: number | undefined;
  /** Why the last attempt failed; `undefined`: it did not. */
  failure: { code: string; message: string } | undefined;
}

/** What is kept of a zone over a restart. */
export interface RefreshRecord {
  zone: string;
  confirmedAtMs: number;
  expireAtMs: number;
}

/** Where it is kept; the application gives one on the store. */
export interface RefreshRecords {
  load(): Promise<RefreshRecord[]>;
  /** Replaces those of the same zones; `removed` are forgotten. */
  save(records: readonly RefreshRecord[], removed: readonly string[]): Promise<void>;
}

/** An attempt that ended, for metrics. */
export interface TransferReport {
  kind: Fetched['kind'];
  /** `done`, or the code of the error. */
  outcome: string;
  durationMs: number;
  octets: number;
}

/** What became of a NOTIFY (RFC 1996). */
export type NotifyVerdict = 'taken' | 'not-secondary' | 'refused';
