/**
 * What the admin API needs from the rest of the program, as types. Everything is text: names are
 * canonical strings (lower case, escaped as RFC 1035 section 5.1 says, final dot), contents are
 * one line of presentation form, instants are Unix milliseconds. The composition root joins these
 * ports to the zone database, the journal and the backups; a test joins them to plain maps.
 *
 * Rules that every implementation keeps:
 * - What a write resolved to is durable. A write that rejects changed nothing.
 * - A name that does not name a zone, whatever else is wrong with it, is a zone that is missing.
 * - Refusals are the errors of api-error.ts; they carry the HTTP status.
 * - Nothing grows with a zone's size: long results are async iterables of bounded chunks.
 */

/**
 * Who asked for a write, from where and when, which goes into the journal with the change; and on
 * what condition.
 */
export interface WriteContext {
  /** `admin-key`, or the name of a token. */
  actor: string;
  /** The client's IP address. */
  sourceAddress: string;
  /** The request's id, also in the log and in the `X-Request-Id` header. */
  requestId: string;
  receivedAtMs: number;
  /**
   * Judged under the zone's lock; a write of a zone that does not meet it raises `versionDiffers`.
   * Absent: whatever the zone is like.
   */
  condition?: VersionCondition;
}

/** Given the version of a zone, or `undefined` where there is none. */
export type VersionCondition = (version: number | undefined) => boolean;

/** What a write did. */
export interface WriteOutcome {
  /** Key of the change's life story in ReceiptPort. */
  receiptId: string;
  /** The zone's serial before; absent when the write created the zone. */
  oldSerial?: number;
  /** The zone's serial after; absent when the write deleted the zone. */
  newSerial?: number;
  /** False when the zone was already as asked: no new version, no new serial. */
  changed: boolean;
}

export interface ZonePort {
  /** All zones in canonical order of their names, in chunks. */
  list(): AsyncIterable<ZoneSummary[]>;
  /** One zone without its contents, or `undefined` when there is none of that name. */
  find(zone: string): Promise<ZoneSummary | undefined>;
  /** One version of a zone, pinned until closed; `undefined` when there is no such zone. */
  open(zone: string): Promise<ZoneView | undefined>;
  /** Raises `zoneExists`, `contentInvalid` and the other refusals of api-error.ts. */
  create(zone: NewZone, context: WriteContext): Promise<WriteOutcome>;
  /**
   * Changes the settings that are given and keeps the others. A function is shown the settings as
   * they are, with nobody changing them meanwhile; what it throws leaves them so.
   */
  changeSettings(
    zone: string,
    settings: SettingsChange,
    context: WriteContext,
  ): Promise<WriteOutcome>;
  delete(zone: string, context: WriteContext): Promise<WriteOutcome>;
  /** Replaces all records, and the settings that are given, as one version. */
  replaceContents(
    zone: string,
    rrsets: readonly RrsetText[],
    settings: Partial<ZoneSettings>,
    context: WriteContext,
  ): Promise<WriteOutcome>;
  /** All edits in their order as one version, or none of them. */
  applyEdits(
    zone: string,
    edits: readonly RrsetEdit[],
    context: WriteContext,
  ): Promise<WriteOutcome>;
  /** Replaces the zone's whole contents by a master file (creating the zone if need be). */
  import(
    zone: string,
    masterFile: AsyncIterable<Uint8Array>,
    options: ImportOptions,
    context: WriteContext,
  ): Promise<ImportOutcome>;
  /** Sends NOTIFY to the zone's secondaries, if it has any. */
  notify(zone: string): Promise<void>;
  /**
   * Fetches a secondary zone from its primaries, soon and whatever its serial is. False: it is not
   * fetched from any.
   */
  retrieve(zone: string): Promise<boolean>;
}

/** PowerDNS's names; `Native` and `Master` are primaries, `Slave` is a secondary. */
export type ZoneKind = 'Native' | 'Master' | 'Slave' | 'Producer' | 'Consumer';

/** What is set per zone beside its records. */
export interface ZoneSettings {
  kind: ZoneKind;
  account: string;
  /** Addresses of the primaries: `ip`, `ip:port` or `[ip6]:port`. */
  masters: string[];
  /** Name of the catalog zone that lists this zone, or empty. */
  catalog: string;
  /** Rule for the serial that is served, echoed as it was set. */
  soaEdit: string;
  /** Rule for the serial after a change (DEFAULT, INCREASE, EPOCH, …), echoed as it was set. */
  soaEditApi: string;
  apiRectify: boolean;
  nsec3param: string;
  nsec3narrow: boolean;
  /** Ids (names with a final dot) of the TSIG keys for transfers out. */
  masterTsigKeyIds: string[];
  /** Ids of the TSIG keys for transfers in. */
  slaveTsigKeyIds: string[];
  /** By kind as PowerDNS names them, without those that are settings above. */
  metadata: Record<string, string[]>;
}

export type SettingsChange =
  | Partial<ZoneSettings>
  | ((settings: Readonly<ZoneSettings>) => Partial<ZoneSettings>);

/** A zone without its records. */
export interface ZoneSummary {
  name: string;
  /** Counts every change of the zone, of its settings too. */
  version: number;
  /** Serial of the stored SOA. */
  serial: number;
  /** Serial that the name servers answer. */
  servedSerial: number;
  /** Serial of the last NOTIFY, 0 before the first. */
  notifiedSerial: number;
  /** When a secondary last asked its primary, Unix seconds; 0 for never. */
  lastCheck: number;
  /** The zone is served with signatures. */
  signed: boolean;
  /** Records that the zone has, disabled ones counted. */
  recordCount: number;
  settings: ZoneSettings;
}

/** One version of a zone. Must be closed. */
export interface ZoneView {
  summary: ZoneSummary;
  /** RRsets in canonical order, in chunks of at most some hundreds. */
  rrsets(filter?: RrsetFilter): AsyncIterable<RrsetText[]>;
  /** The zone as a master file: lines `name TAB ttl TAB IN TAB type TAB content`. */
  masterFile(): AsyncIterable<string>;
  close(): Promise<void>;
}

export interface RrsetFilter {
  /** Only this owner. */
  name?: string;
  /** Only this type, by mnemonic or `TYPEnnn`. */
  type?: string;
}

export interface RrsetText {
  name: string;
  type: string;
  /** Seconds. */
  ttl: number;
  records: RecordText[];
  comments: CommentText[];
}

export interface RecordText {
  content: string;
  /** Kept and listed, but not served. */
  disabled: boolean;
}

export interface CommentText {
  content: string;
  account: string;
  /** Unix seconds. */
  modifiedAt: number;
}

/** A zone to be made: contents come from `masterFile`, or from `rrsets` and `nameservers`. */
export interface NewZone {
  name: string;
  settings: ZoneSettings;
  /** May hold the SOA; without one a default SOA is generated (not for secondaries). */
  rrsets: RrsetText[];
  /** Targets of NS records to be made at the apex. */
  nameservers: string[];
  /** Serial of a generated SOA; absent or 0 for the rule's own. */
  serial?: number;
  /** A master file, instead of `rrsets`; a second SOA at its end is skipped. */
  masterFile?: string;
}

/** One step of a change. Type is a mnemonic or `TYPEnnn` in upper case. */
export type RrsetEdit = RrsetReplace | RrsetDelete | RrsetExtend | RrsetPrune;

/** Sets what is given: the records, the comments, or both. No record left: the RRset is gone. */
export interface RrsetReplace {
  change: 'REPLACE';
  name: string;
  type: string;
  /** Present when `records` is present and not empty. */
  ttl?: number;
  records?: RecordText[];
  comments?: CommentText[];
}

/** Removes the RRset with its comments. Not an error when there is none. */
export interface RrsetDelete {
  change: 'DELETE';
  name: string;
  type: string;
}

/** Adds one record if it is not there. */
export interface RrsetExtend {
  change: 'EXTEND';
  name: string;
  type: string;
  /** The RRset's own when absent. */
  ttl?: number;
  record: RecordText;
}

/** Removes one record if it is there. */
export interface RrsetPrune {
  change: 'PRUNE';
  name: string;
  type: string;
  record: RecordText;
}

export interface ImportOptions {
  /** Replace a version that was changed through another door since the last import. */
  force: boolean;
}

/** A zone that was taken, or every finding why it was not. */
export type ImportOutcome =
  | {
      imported: true;
      outcome: WriteOutcome;
      recordCount: number;
      /** What is doubtful but was taken. */
      warnings: FileFinding[];
    }
  | { imported: false; errors: FileFinding[] };

/** A place in the master file and what is wrong there; line 0 for the zone as a whole. */
export interface FileFinding {
  line: number;
  column: number;
  /** Stable code of the finding. */
  code: string;
  message: string;
}

export interface ReceiptPort {
  find(receiptId: string): Promise<Receipt | undefined>;
  /**
   * Those of what was asked for under a door's own id of the request: an HTTP request's, or the
   * `svTRID` of an EPP command. Empty: nothing was changed, or not yet.
   */
  ofTransaction(transactionId: string): Promise<Receipt[]>;
  /** Resolves when every name server was seen serving the change, or after `waitMs`. */
  waitServed(receiptId: string, waitMs: number): Promise<void>;
}

/** The life of one change. A stage that was not reached yet is absent. */
export interface Receipt {
  id: string;
  zone: string;
  /** The door: `api`, `import`, `update`, `epp`, … */
  source: string;
  actor: string;
  requestId: string;
  oldSerial?: number;
  newSerial?: number;
  receivedAtMs: number;
  durableAtMs?: number;
  publishedAtMs?: number;
  /** One per name server address that the change must reach. */
  served: ServedSighting[];
}

export interface ServedSighting {
  nameserver: string;
  address: string;
  /** When it was first seen serving the change. */
  servedAtMs?: number;
}

export interface EventPort {
  /**
   * Events after the cursor (from the oldest kept when it is absent), at most `limit`.
   * Raises `cursorUnknown` when the cursor is not one of ours.
   */
  read(after: string | undefined, limit: number): Promise<EventPage>;
}

export interface EventPage {
  /** In the measurement format: each has `kind`. */
  events: ({ kind: string } & Record<string, unknown>)[];
  /** Cursor to continue after; the same as asked when there was nothing new. */
  next: string;
}

/** All rows, or those that may have changed since the location's last backup. */
export type BackupKind = 'full' | 'incremental';

export interface BackupPort {
  /** Copies a snapshot to every location. Raises `backupFailed` when no location has a good one. */
  run(context: WriteContext, kind: BackupKind): Promise<BackupRun>;
  /** What every location holds. One that cannot be read is told apart and hides no other. */
  list(): Promise<BackupList>;
  /**
   * Reads back one copy (the newest where `id` is absent) in one location or in all. Raises
   * `backupMissing` when none has it.
   */
  verify(selection: { id?: string; location?: string }): Promise<BackupVerification[]>;
}

export interface BackupRun {
  id: string;
  atMs: number;
  locations: BackupCopy[];
  /** Files that should be in the backup and could not be read. */
  leftOut: readonly { path: string; reason: string }[];
}

/** How one location fared; `message` says what to do when it failed. */
export interface BackupCopy {
  location: string;
  stored: boolean;
  verified: boolean;
  /** What was made: a location that has nothing to build on gets a full one. */
  kind?: BackupKind;
  sizeBytes?: number;
  message?: string;
}

export interface BackupList {
  /** Newest first. */
  backups: BackupListing[];
  unreadable: UnreadableLocation[];
}

export interface UnreadableLocation {
  location: string;
  message: string;
}

export interface BackupListing {
  id: string;
  kind: BackupKind;
  atMs: number;
  location: string;
  sizeBytes: number;
}

export interface BackupVerification {
  id: string;
  location: string;
  good: boolean;
  message?: string;
}

/** A figure, or several under one name. */
export interface Statistic {
  name: string;
  value: number | string | readonly { name: string; value: number }[];
}

/** What became of a zone that was to be repaired. */
export interface ZoneRepair {
  zone: string;
  /** What it was repaired from; `sound`: nothing was wrong. */
  source: string;
}

export interface RepairPort {
  /** @throws ApiError API_ZONE_MISSING, ZONE_DAMAGED where nothing has what the zone must have */
  repair(zone: string): Promise<ZoneRepair>;
}
