/**
 * What the admin API needs to change several zones as one, to page through zones, and to look at
 * and go back to what they were. Texts as in ports.ts; the same rules hold.
 */
import type { RecordText, RrsetText, WriteContext } from './ports.ts';

/** What is to become of one zone of a batch. */
export interface ZoneEdits {
  zone: string;
  /** Only if the zone has this serial. */
  ifSerial?: number;
  /** Only if the zone has this version. */
  ifVersion?: number;
  /** In their order. */
  edits: readonly BatchEdit[];
}

/** One step. What is missing is not looked at: records of a DELETE, the TTL of a PRUNE. */
export interface BatchEdit {
  /** As in `RrsetEdit`; EXTEND and PRUNE take any number of records. */
  change: 'REPLACE' | 'DELETE' | 'EXTEND' | 'PRUNE';
  name: string;
  type: string;
  ttl?: number;
  records: readonly RecordText[];
}

/** What a change did to a zone, or would do. */
export interface ZoneChange {
  zone: string;
  oldSerial: number;
  newSerial: number;
  /** False when the zone was already as asked. */
  changed: boolean;
  /** Absent when nothing was written. */
  receiptId?: string;
  diff: RecordDiff;
  warnings: ChangeWarning[];
}

export interface ChangeWarning {
  /** Stable code of the finding. */
  code: string;
  message: string;
}

/** Records as lines of a master file, in canonical order; one that is not served says so. */
export interface RecordDiff {
  removed: string[];
  added: string[];
  /** Lines beyond those that one answer holds. */
  omittedCount: number;
}

/** A mistake and where in the request it is: a JSON pointer (RFC 6901). */
export interface BatchError {
  pointer: string;
  /** Stable. */
  code: string;
  detail: string;
}

export interface ChangePort {
  /**
   * All of it as one commit, in the order that was given, or nothing. Raises `batchRefused` with
   * every mistake.
   */
  apply(batch: readonly ZoneEdits[], context: WriteContext): Promise<ZoneChange[]>;
  /** What `apply` would do; nothing is written. Raises the same. */
  preview(batch: readonly ZoneEdits[], context: WriteContext): Promise<ZoneChange[]>;
}

/** A zone in a page of zones. */
export interface ListedZone {
  name: string;
  kind: string;
  serial: number;
  /** Counts every change of the zone, of its settings too. */
  version: number;
  recordCount: number;
  /** Why it is not answered for, if it is not. */
  fault?: string;
}

export interface ZonePage {
  zones: ListedZone[];
  /** Name to continue after; absent at the end. */
  next?: string;
}

export interface RrsetPage {
  zone: string;
  version: number;
  rrsets: RrsetText[];
  /** To continue after; absent at the end. */
  next?: string;
}

export interface BrowsePort {
  find(zone: string): ListedZone | undefined;
  /**
   * Zones in canonical order of their names. A page may be shorter than `limit`, empty even, and
   * not be the last. Raises `invalidRequest` for names that are none.
   */
  zones(options: {
    after?: string;
    suffix?: string;
    limit: number;
    isShown: (name: string) => boolean;
  }): ZonePage;
  /** RRsets of the zone as it is now, in canonical order, pages as above. */
  rrsets(
    zone: string,
    options: { after?: string; name?: string; type?: string; limit: number },
  ): Promise<RrsetPage | undefined>;
}

/** One version of a zone, as the journal has it. */
export interface VersionEntry {
  version: number;
  kind: 'create' | 'change' | 'replace' | 'settings' | 'delete';
  oldSerial: number;
  newSerial: number;
  /** When it went to the disk. */
  atMs: number;
  actor: string;
  /** The door. */
  source: string;
  sourceAddress?: string;
  requestId: string;
  receiptId: string;
  /** RRsets that it changed. */
  editCount: number;
}

/** The same with what changed. */
export interface VersionChange extends VersionEntry {
  /** Absent where the whole content is new. */
  diff?: RecordDiff;
  /** Settings before and after, if those changed. */
  settings?: { before: Record<string, unknown>; after: Record<string, unknown> };
}

export interface HistoryPort {
  /** Newest first; also of a zone that is gone. Empty: the journal has nothing of it. */
  list(zone: string, options: { before?: number; limit: number }): Promise<VersionEntry[]>;
  find(zone: string, version: number): Promise<VersionChange | undefined>;
  /** From one version to another, in either direction. Raises `historyGone`. */
  diff(zone: string, from: number, to: number): Promise<RecordDiff>;
  /** Gives the zone the records of an earlier version. Raises `historyGone`, `zoneMissing`. */
  restore(zone: string, version: number, context: WriteContext): Promise<ZoneChange>;
  /** What `restore` would do; nothing is written. Raises the same, and `batchRefused`. */
  previewRestore(zone: string, version: number, context: WriteContext): Promise<ZoneChange>;
}

/** One entry of the journal of all zones. */
export interface JournalRecord extends VersionChange {
  /** Counts the entries of all zones, without gaps. */
  sequence: number;
  zone: string;
  /** Unix milliseconds. */
  receivedAtMs: number;
}

/** The journal of all zones, for auditors. */
export interface JournalPort {
  /** Entries that were written from one instant to before another, oldest first. */
  export(fromMs: number, toMs: number): AsyncIterable<JournalRecord>;
}
