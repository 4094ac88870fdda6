/**
 * A change: what every door (admin API, zone file, UPDATE, transfer, EPP) hands to the zone
 * database, and what it gets back. A change names one zone, is applied whole or not at all, and
 * carries who asked for it and under which transaction id, so that the journal can tell.
 */
import { CodedError } from '#base/coded-error.ts';
import type { Name } from '#dns/wire/name.ts';
import type { Finding } from '#dns/zone/finding.ts';

/** The doors that changes come through; also the `source` label of `holdfast_update_seconds`. */
export const CHANGE_SOURCES = ['api', 'zonefile', 'update', 'transfer', 'catalog', 'epp'] as const;

/** Where a change came from: a door, or a restore, which makes it while no server runs. */
export type ChangeSource = (typeof CHANGE_SOURCES)[number] | 'restore';

/** Where a change comes from. */
export interface ChangeContext {
  source: ChangeSource;
  /** Who: the name of a key or token, a registrar, a file. */
  actor: string;
  /** The door's own id of the request: HTTP request id, svTRID, message id. */
  transactionId: string;
  /** When the request was complete, Unix milliseconds. */
  receivedAtMs: number;
  /** IP address that the request came from, where it came over a network. */
  sourceAddress?: string;
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

/** One RRset of a change, before and after; `undefined` where there is none. */
export interface RrsetEdit {
  owner: Name;
  type: number;
  before: StoredRrset | undefined;
  after: StoredRrset | undefined;
}

/** One step of a change; steps are applied in order. The last four are those of RFC 2136. */
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
  | { kind: 'delete'; owner: Name; type: number }
  /**
   * Add to an RRset (RFC 2136 sections 2.5.1, 3.4.2.2): the set takes the record's TTL. Ignored in
   * silence: a CNAME beside other data, other data beside a CNAME, an SOA that is not newer.
   */
  | { kind: 'add'; owner: Name; type: number; ttl: number; rdata: Uint8Array }
  /** Delete all RRsets of a name (section 2.5.3); SOA and NS of the apex stay. */
  | { kind: 'remove-name'; owner: Name }
  /** Delete an RRset (section 2.5.2); SOA and NS of the apex stay. */
  | { kind: 'remove-rrset'; owner: Name; type: number }
  /** Delete a record (section 2.5.4); the SOA and the last NS of the apex stay. */
  | { kind: 'remove-record'; owner: Name; type: number; rdata: Uint8Array };

/** What must be so for a change (RFC 2136 section 2.4); disabled records do not count. */
export type Prerequisite =
  | { kind: 'name-in-use' | 'name-not-in-use'; owner: Name }
  | { kind: 'rrset-exists' | 'rrset-missing'; owner: Name; type: number }
  /** The RRset is there with exactly these records, in any order; its TTL does not count. */
  | { kind: 'rrset-equals'; owner: Name; type: number; rdatas: readonly Uint8Array[] };

/** Looked at under the zone's lock; the first that fails refuses the change. */
export interface Precondition {
  /** The zone's serial. */
  serial?: number;
  /** The zone's version, as `ZoneRow.version`: of contents and settings. */
  version?: number;
  prerequisites?: readonly Prerequisite[];
}

export interface Change {
  zone: Name;
  /** Missing: whatever the zone is like. Failing: PRECONDITION_FAILED. */
  precondition?: Precondition;
  operations: readonly Operation[];
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
  /** What was taken and is worth a remark: a zone left without NS. Absent: nothing. */
  warnings?: Finding[];
}

/** What a change would do. */
export interface ChangePreview {
  zone: Name;
  oldSerial: number;
  /** By the zone's rule as of now; another change in between moves it. */
  newSerial: number;
  changed: boolean;
  /** Every RRset before and after, the SOA included. */
  edits: RrsetEdit[];
  warnings: Finding[];
  /** Why the change would be refused, all that can be said at once. Empty: it would be made. */
  errors: ChangeError[];
}

/** Where in what was asked the mistake is, and what was found instead. Places count from 0. */
export interface ChangeErrorDetail {
  /** Of the changes handed in together. */
  change?: number;
  /** Of the change's operations. */
  operation?: number;
  /** Of the precondition's prerequisites. */
  prerequisite?: number;
  /** What an UPDATE is answered with for that prerequisite (RFC 2136 section 3.2). */
  rcode?: 'YXDOMAIN' | 'NXDOMAIN' | 'YXRRSET' | 'NXRRSET' | 'NOTZONE';
  /** The zone's serial, where another was asked for. */
  serial?: number;
  /** The zone's version, where another was asked for. */
  version?: number;
}

/** A change that cannot be made. Codes: see docs/reference/errors.md, dns/zonedb. */
export class ChangeError extends CodedError {
  readonly detail: Readonly<ChangeErrorDetail>;

  constructor(
    code: string,
    message: string,
    detail: ChangeErrorDetail = {},
    options?: ErrorOptions,
  ) {
    super(code, message, options);
    this.detail = detail;
  }

  /** The same with more said of where it is. */
  within(detail: ChangeErrorDetail): ChangeError {
    return new ChangeError(this.code, this.message, { ...this.detail, ...detail });
  }
}
