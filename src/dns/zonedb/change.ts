/**
 * A change: what every door (admin API, zone file, UPDATE, transfer, EPP) hands to the zone
 * database, and what it gets back. A change names one zone, is applied whole or not at all, and
 * carries who asked for it and under which transaction id, so that the journal can tell.
 */
import { CodedError } from '#base/coded-error.ts';
import type { Name } from '#dns/wire/name.ts';

/** The door that a change came through; also the `source` label of `holdfast_update_seconds`. */
export type ChangeSource = 'api' | 'zonefile' | 'update' | 'transfer' | 'epp';

export const CHANGE_SOURCES: readonly ChangeSource[] = [
  'api',
  'zonefile',
  'update',
  'transfer',
  'epp',
];

/** Where a change comes from. */
export interface ChangeContext {
  source: ChangeSource;
  /** Who: the name of a key or token, a registrar, a file. */
  actor: string;
  /** The door's own id of the request: HTTP request id, svTRID, message id. */
  transactionId: string;
  /** When the request was complete, Unix milliseconds. */
  receivedAtMs: number;
}

/** A record as stored: a disabled one is kept and listed but never served. */
export interface StoredRecord {
  /** Uncompressed wire form. */
  rdata: Uint8Array;
  disabled: boolean;
}

/** A remark on an RRset, kept for the people who edit it. */
export interface Comment {
  content: string;
  account: string;
  /** Unix seconds. */
  modifiedAt: number;
}

/** An RRset as stored at its node. */
export interface StoredRrset {
  type: number;
  ttl: number;
  records: StoredRecord[];
  comments: Comment[];
}

/** One step of a change; steps are applied in order. */
export type Operation =
  /** Sets the whole RRset; no record and no comment left means that it goes. */
  | {
      kind: 'replace';
      owner: Name;
      type: number;
      ttl: number;
      records: StoredRecord[];
      /** Left out: the comments stay as they are. */
      comments?: Comment[];
    }
  /** Adds one record, if it is not there, to the RRset or to a new one with this TTL. */
  | { kind: 'extend'; owner: Name; type: number; ttl: number | undefined; record: StoredRecord }
  /** Removes one record if it is there. */
  | { kind: 'prune'; owner: Name; type: number; rdata: Uint8Array }
  /** Replaces the comments of an RRset and leaves its records. */
  | { kind: 'comment'; owner: Name; type: number; comments: Comment[] }
  /** Removes the RRset; nothing there is no error. */
  | { kind: 'delete'; owner: Name; type: number };

export interface Change {
  zone: Name;
  operations: Operation[];
  context: ChangeContext;
}

/** What a change did. */
export interface ChangeOutcome {
  /** Names the change for ever: `r-` and its place in the journal. */
  receipt: string;
  oldSerial: number;
  newSerial: number;
  /** False: the zone already was as asked; no new version was made. */
  changed: boolean;
}

/** A change that cannot be made. Codes: see docs/reference/errors.md, dns/zonedb. */
export class ChangeError extends CodedError {}
