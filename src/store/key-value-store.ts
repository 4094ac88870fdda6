/**
 * The narrow interface between everything that keeps state and the engine that keeps it: ordered
 * octet keys, reads, atomic writes, snapshots. Nothing above may assume more than this page says,
 * so that a distributed engine can stand where LevelDB stands today (docs: ARCHITECTURE.md,
 * "Growing past one machine").
 *
 * Keys compare as unsigned octets, a prefix before what it begins (`compareBytes`). Memory that a
 * read returns belongs to the caller. Memory that a write is given must stay unchanged until its
 * promise settles.
 */

/** One row as it is read. */
export interface Entry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** One row to put (replacing what is there) or to delete (which may be absent). */
export type Write =
  | { readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly key: Uint8Array; readonly delete: true };

export interface RangeOptions {
  /** From the last key down to `from`, instead of up. */
  readonly reverse?: boolean;
  /** At most so many rows. */
  readonly limit?: number;
  /** Told the key of each row that fails its checksum, which is then left out and not raised. */
  readonly onDamaged?: (key: Uint8Array) => void;
}

/** A write that the store keeps a second time, apart from its rows. */
export interface MirroredWrite {
  readonly write: Write;
  /** False if other writes after it are not kept: there may have been a newer one of its key. */
  readonly isNewest: boolean;
}

/**
 * Reads. Every value is verified: damage raises StoreError `STORE_DAMAGED`, never a wrong value.
 * What no engine check can see (a row that vanished, or an old one that came back) is for the
 * layer above, with counts and digests (`digest.ts`).
 */
export interface KeyValueReader {
  /** The value, or `undefined` where there is no such row. */
  get(key: Uint8Array): Promise<Uint8Array | undefined>;
  /** One answer per key, in the order of `keys`. */
  getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]>;
  /**
   * Rows with `from` <= key < `to`, in chunks of a few hundred to save promises; no chunk is
   * empty. Reads one consistent moment, however long it takes. Damage that hides rows is raised
   * at the latest when the range ends, so a caller who stops early asks with `limit` instead.
   */
  range(from: Uint8Array, to: Uint8Array, options?: RangeOptions): AsyncIterable<Entry[]>;
}

/** A file of the engine as it lies on the disk. */
export interface CheckedFile {
  readonly path: string;
  readonly octets: number;
  /** What is wrong with it, for people. */
  readonly damage?: string;
}

/** One moment of the store, unaffected by later writes. Must be closed. */
export interface StoreSnapshot extends KeyValueReader {
  /**
   * The files that the rows lie in, read as a whole and held against their own checksums: damage
   * there can hide rows, or show older ones, and no read would tell.
   */
  files(): AsyncIterable<CheckedFile>;
  close(): Promise<void>;
}

export interface KeyValueStore extends KeyValueReader {
  /**
   * All or nothing, in the order of the calls, and on disk (synced) when it resolves; so is then
   * every `writeBulk` that had resolved before this call. An empty list only does the latter.
   * Calls that wait at the same time share one sync. Errors: `STORE_BUSY` (nothing written),
   * `STORE_WRITE_FAILED` (outcome unknown until restart), `STORE_FAILED` (nothing written).
   */
  write(writes: readonly Write[]): Promise<void>;
  /**
   * All or nothing, visible when it resolves, but durable only with the next `write`: for the
   * rows of an import that nobody looks for until a later `write` names them. Await each call
   * before the next; order among calls that overlap is not defined.
   */
  writeBulk(writes: readonly Write[]): Promise<void>;
  /**
   * As `write`, of what `decide` gives when it is its turn: no other `write` is under way then, so
   * what `decide` reads is still so when its writes are made. It must be quick: all others wait.
   * Rejects also as `decide` does. Absent where there is no mirror (`mirrored`).
   */
  writeDecided?(decide: () => Promise<readonly Write[]>): Promise<void>;
  snapshot(): StoreSnapshot;
  /**
   * The newest of the writes (not of `writeBulk`) that are kept a second time, of each key that is
   * asked for, by the key as latin1. Reads all that is kept. Absent where nothing is.
   */
  mirrored?(isWanted: (key: Uint8Array) => boolean): Promise<Map<string, MirroredWrite>>;
  /** Waits for writes under way, then releases everything. Snapshots and ranges must be done. */
  close(): Promise<void>;
}
