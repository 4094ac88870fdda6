/**
 * The store on one machine: LevelDB, distrusted. What LevelDB does not do by itself is around it:
 * a checksum on every value (row-check.ts), group commit and fail-stop (group-commit.ts), a look
 * at the files before they are opened (open-level.ts, close-seal.ts), a lock that spans all that
 * (folder-lock.ts), a layout version, and if wished a mirror of all synced writes (mirror/) and a
 * way back after a failed write (store-recovery.ts). A store folder holds
 *
 *     level/   LevelDB's files        lock/    an empty LevelDB, for its lock
 *     seal     after an orderly close: what level/ must look like
 *     mirror/  every synced batch once more, appended; or in another folder
 *
 * A batch goes to the mirror first and is then synced in both at once; it is done when both have
 * it. After a failed write the store is read-only until it was opened again. What was under way is
 * then undone, so that whoever was refused it and took it back in memory is right.
 *
 * writeBulk and durability: LevelDB appends to one log and a synced write covers all that came
 * before it *in that log*. When the log is full LevelDB goes on to the next without syncing the
 * old one, so a crash could keep a later synced write and lose an earlier bulk one. Therefore the
 * first synced write after a bulk write first syncs every log file that is there; a log that is
 * gone became a table, which LevelDB syncs. The same holds for `close`.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFile, syncFolder } from '#base/atomic-file.ts';
import { type Clock, openClock } from '#base/clock.ts';
import { errorCode, errorMessage } from '#base/coded-error.ts';
import { type Log, silentLog } from '#base/log.ts';
import { sealStore } from './close-seal.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';
import { GROUP_COMMIT_LIMITS, GroupCommit, type GroupCommitLimits } from './group-commit.ts';
import type {
  Entry,
  KeyValueStore,
  MirroredWrite,
  RangeOptions,
  Write,
} from './key-value-store.ts';
import { buildKey, KEYSPACE, u32Key } from './keyspace.ts';
import { type StoreLender, type StoreLoan, StoreLoans } from './lent-store.ts';
import { LevelReader } from './level-reader.ts';
import { type LevelSnapshot, takeSnapshot } from './level-snapshot.ts';
import { copyMirror, removeMirror } from './mirror/copy-mirror.ts';
import { joinMirror, namesRecord, positionWrite } from './mirror/mirror-position.ts';
import { formatRecord } from './mirror/mirror-record.ts';
import { type MirrorLimits, WriteMirror } from './mirror/write-mirror.ts';
import { octetsToText } from './octet-text.ts';
import { type LevelDatabase, openError, openLevel } from './open-level.ts';
import { sealValue } from './row-check.ts';
import { StoreError } from './store-error.ts';
import { levelPath, lockPath, mirrorPath, sealPath } from './store-files.ts';
import { StoreRecovery } from './store-recovery.ts';
import { findUndone, readBefore } from './undo-batch.ts';

/** Version of what keys and values mean; raised when an older program could misread them. */
export const STORE_LAYOUT_VERSION = 1;

const LAYOUT_KEY = buildKey(KEYSPACE.layout);

export interface LevelStoreOptions {
  readonly limits?: GroupCommitLimits;
  /** Keeps a mirror of all synced writes, with these limits or its own. Default: none. */
  readonly mirror?: boolean | MirrorLimits;
  /** Where the mirror is, also on another disk. Default: `mirror` in the store's folder. */
  readonly mirrorFolder?: string;
  /** Says when a batch was, in the mirror. Default: the system's. */
  readonly clock?: Clock;
  /** Opens itself again after a failed write, when the disk works. Default: false. */
  readonly recovers?: boolean;
  /** Told what was made good, and of what was not. Default: nobody is. */
  readonly log?: Log;
}

/**
 * Opens the store in `folder`, created if missing. Errors: `STORE_LOCKED`, `STORE_DAMAGED`,
 * `STORE_LAYOUT`, `STORE_UNAVAILABLE`; nothing is changed then.
 */
export async function openLevelStore(
  folder: string,
  options: LevelStoreOptions = {},
): Promise<LevelStore> {
  const lock = await lockAll(folder, options);
  try {
    const { level, isNew } = await openLevel(levelPath(folder), sealPath(folder));
    try {
      const mirrored = await openMirror(folder, level, options);
      const store = new LevelStore(folder, level, lock, mirrored, options);
      await checkLayout(store, isNew);
      if (mirrored.mirror?.last !== 0) return store;
      await beginMirror(store);
      if (mirrored.number === 0 || mirrored.mirror.last === 0) return store;
      await store.close();
    } catch (error) {
      await level.close();
      throw error;
    }
  } catch (error) {
    await lock.close();
    throw error;
  }
  // Opening makes a table of what LevelDB's log has. Otherwise a log that vanishes would take with
  // it that this mirror is the store's, and so all that only the mirror has then.
  return openLevelStore(folder, options);
}

/** A mirror elsewhere might be somebody else's too. */
async function lockAll(folder: string, { mirrorFolder }: LevelStoreOptions): Promise<FolderLock> {
  const lock = await lockFolder(lockPath(folder));
  if (mirrorFolder === undefined) return lock;
  try {
    const mirrorLock = await adviseMirror(() => lockFolder(lockPath(mirrorFolder)));
    return {
      close: async () => {
        await mirrorLock.close();
        await lock.close();
      },
    };
  } catch (error) {
    await lock.close();
    throw error;
  }
}

/** A mirror whose disk fails need not keep the store from being opened: people have to say so. */
async function adviseMirror<T>(use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    if (errorCode(error) !== 'STORE_UNAVAILABLE') throw error;
    throw new StoreError(
      'STORE_UNAVAILABLE',
      `${errorMessage(error)}; repair the disk of the mirror (store.mirrorDirectory), or start ` +
        'without one by "store.mirror: off"',
      { cause: error },
    );
  }
}

/** What the store and its mirror have together. */
interface Mirrored {
  mirror?: WriteMirror;
  /** Of the newest batch. */
  number: number;
  /** Batches are numbered although there is no mirror: one that comes back has a gap to show. */
  isMissed?: boolean;
}

/**
 * What is left of a mirror in the store's folder is used once more; if none is wanted there any
 * longer it then goes, because it would tell of a past that went on.
 */
async function openMirror(
  folder: string,
  level: LevelDatabase,
  { mirror = false, mirrorFolder, log = silentLog() }: LevelStoreOptions,
): Promise<Mirrored> {
  const limits = typeof mirror === 'object' ? mirror : undefined;
  const inside = mirrorPath(folder);
  const joined = await joinAt(inside, level, limits, log);
  if (mirror !== false && mirrorFolder === undefined) return joined;
  await joined.mirror.close();
  const isMoved = mirror !== false && mirrorFolder !== undefined && joined.mirror.last > 0;
  if (isMoved) await adviseMirror(() => moveMirror(inside, mirrorFolder, log));
  await removeMirror(inside);
  if (mirror === false || mirrorFolder === undefined) {
    const isMissed = await namesRecord(new LevelReader(level));
    return { number: joined.number, isMissed };
  }
  const elsewhere = await adviseMirror(() => joinAt(mirrorFolder, level, limits, log));
  if (elsewhere.mirror.last === 0 && elsewhere.number > 0) {
    const path = mirrorFolder;
    log.warn({ path }, 'the mirror begins: nothing of this store is there; is its disk mounted?');
  }
  return elsewhere;
}

/** What lies there is of an earlier time: the mirror in the store's folder goes with the store. */
async function moveMirror(inside: string, path: string, log: Log): Promise<void> {
  try {
    const there = await WriteMirror.open(path, log);
    if (there.last > 0) await there.setAside();
    await there.close();
    await copyMirror(inside, path);
    log.info({ path }, 'the mirror was moved there');
  } catch (error) {
    throw openError(path, error);
  }
}

async function joinAt(
  path: string,
  level: LevelDatabase,
  limits: MirrorLimits | undefined,
  log: Log,
): Promise<Mirrored & { mirror: WriteMirror }> {
  const apply = (writes: readonly Write[]): Promise<void> =>
    level.batch(writes.map(toOperation), { sync: true });
  try {
    const mirror = await WriteMirror.open(path, log, limits);
    const number = await joinMirror(new LevelReader(level), apply, mirror, log);
    return { mirror, number };
  } catch (error) {
    throw error instanceof StoreError ? error : openError(path, error);
  }
}

export class LevelStore implements KeyValueStore, StoreLender {
  readonly folder: string;
  readonly #lock: FolderLock;
  readonly #commits: GroupCommit;
  readonly #mirror: WriteMirror | undefined;
  readonly #isNumbered: boolean;
  readonly #clock: Clock;
  readonly #recovery: StoreRecovery | undefined;
  readonly #loans: StoreLoans;
  #level: LevelDatabase;
  #reader: LevelReader;
  /** Of the newest batch that is done. */
  #number: number;
  /** Done when the batch that LevelDB has been given last is. */
  #line: Promise<void> = Promise.resolve();
  /** Why LevelDB must not be given anything. */
  #broken: unknown;
  /** The batch that has failed. */
  #unsettled: readonly Write[] = [];
  /** The rows that it would have changed, as they were. */
  #before: readonly Write[] | undefined;
  /** While the store cannot be read because it is being opened again, or was not. */
  #opening: Promise<LevelReader> | undefined;
  #isBulkUnsynced = false;
  #isClosing = false;

  /** Made by `openLevelStore`. */
  constructor(
    folder: string,
    level: LevelDatabase,
    lock: FolderLock,
    { mirror, number, isMissed = false }: Mirrored,
    options: LevelStoreOptions,
  ) {
    const { limits = GROUP_COMMIT_LIMITS, recovers = false, log = silentLog() } = options;
    this.folder = folder;
    this.#clock = options.clock ?? openClock({ kind: 'system' });
    this.#level = level;
    this.#lock = lock;
    this.#mirror = mirror;
    this.#isNumbered = mirror !== undefined || isMissed;
    this.#number = number;
    this.#reader = new LevelReader(level);
    this.#loans = new StoreLoans(this.#levelFolder, mirror?.folder);
    this.#commits = new GroupCommit((writes) => this.#commit(writes), limits);
    if (!recovers) return;
    const reopen = (): Promise<void> => this.#reopen();
    this.#recovery = new StoreRecovery({ folder, levelFolder: this.#levelFolder, log, reopen });
  }

  get(key: Uint8Array): Promise<Uint8Array | undefined> {
    if (this.#opening !== undefined) return this.#opening.then((reader) => reader.get(key));
    return this.#reader.get(key);
  }

  getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    if (this.#opening !== undefined) return this.#opening.then((reader) => reader.getMany(keys));
    return this.#reader.getMany(keys);
  }

  async *range(from: Uint8Array, to: Uint8Array, options?: RangeOptions): AsyncGenerator<Entry[]> {
    const reader = (await this.#opening) ?? this.#reader;
    yield* reader.range(from, to, options);
  }

  async write(writes: readonly Write[]): Promise<void> {
    this.#assertOpen();
    await this.#commits.submit(writes);
  }

  async writeDecided(decide: () => Promise<readonly Write[]>): Promise<void> {
    this.#assertOpen();
    await this.#commits.submitDecided(decide);
  }

  async writeBulk(writes: readonly Write[]): Promise<void> {
    this.#assertOpen();
    const failure = this.#commits.failure;
    if (failure !== undefined) {
      throw new StoreError('STORE_FAILED', `nothing written: ${failure.message}`, {
        cause: failure,
      });
    }
    try {
      await this.#batch(writes, false);
    } catch (error) {
      const refusal = this.#commits.fail(error);
      this.#recovery?.begin();
      throw refusal;
    } finally {
      this.#isBulkUnsynced = true;
    }
  }

  snapshot(): LevelSnapshot {
    this.#assertReadable();
    return takeSnapshot(this.#level, this.#mirror?.folder);
  }

  lend(recall: () => void): StoreLoan {
    this.#assertReadable();
    return this.#loans.lend(recall);
  }

  /** Why writes are refused, or `undefined` while the disk takes them. */
  get failure(): StoreError | undefined {
    return this.#commits.failure;
  }

  /** Why writes go on without the mirror; `undefined`: they are in it, or there is none. */
  get mirrorFailure(): StoreError | undefined {
    return this.#mirror?.failure;
  }

  async mirrored(isWanted: (key: Uint8Array) => boolean): Promise<Map<string, MirroredWrite>> {
    return (await this.#mirror?.newest(isWanted, this.#number)) ?? new Map();
  }

  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    await this.#commits.idle();
    await this.#recovery?.close();
    await this.#line;
    const isSound = this.#commits.failure === undefined;
    try {
      if (isSound && this.#isBulkUnsynced) await syncLogs(this.#levelFolder);
    } finally {
      await this.#loans.recall();
      await this.#level.close();
      await this.#mirror?.close();
      // Without a seal the next start checks less sharply, and that is all: a full disk must not
      // turn an orderly stop into a failure.
      if (isSound) await sealStore(this.#levelFolder, sealPath(this.folder)).catch(() => {});
      await this.#lock.close();
    }
  }

  get #levelFolder(): string {
    return levelPath(this.folder);
  }

  async #commit(writes: readonly Write[]): Promise<void> {
    let batch = writes;
    try {
      if (this.#isBulkUnsynced) {
        this.#isBulkUnsynced = false;
        await syncLogs(this.#levelFolder);
      }
      if (writes.length === 0) return;
      const number = this.#number + 1;
      if (this.#isNumbered) {
        const { octets, checksum } = formatRecord(number, this.#clock.nowMs(), writes);
        batch = [...writes, positionWrite(number, checksum)];
        await this.#mirror?.append(number, octets);
      }
      const [stored] = await Promise.allSettled([this.#batch(batch, true), this.#mirror?.sync()]);
      if (stored.status === 'rejected') throw stored.reason;
      this.#number = number;
    } catch (error) {
      this.#unsettled = batch;
      this.#recovery?.begin();
      throw error;
    }
  }

  /**
   * One batch after the other, as LevelDB does it anyway: behind one that has failed halfway
   * nothing may be appended to its log.
   */
  async #batch(writes: readonly Write[], sync: boolean): Promise<void> {
    const before = this.#line;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#line = promise;
    await before;
    try {
      if (this.#broken !== undefined) throw this.#broken;
      await this.#level.batch(writes.map(toOperation), { sync });
    } catch (error) {
      this.#broken ??= error;
      throw error;
    } finally {
      resolve();
    }
  }

  /** What LevelDB has not taken it does not show either, as long as it stays open. */
  async #reopen(): Promise<void> {
    await this.#commits.idle();
    await this.#line;
    this.#before ??= await readBefore(this.#reader, this.#unsettled);
    // A disk that is gone would be taken for a new one.
    await stat(join(this.#levelFolder, 'CURRENT'));
    this.#opening = this.#openAgain(this.#before);
    await this.#opening;
    this.#opening = undefined;
  }

  async #openAgain(before: readonly Write[]): Promise<LevelReader> {
    await this.#loans.recall();
    await this.#level.close();
    const { level } = await openLevel(this.#levelFolder, sealPath(this.folder));
    const reader = new LevelReader(level);
    try {
      const undone = await findUndone(reader, before);
      if (undone.length > 0) await level.batch(undone.map(toOperation), { sync: true });
      await this.#mirror?.cutAfter(this.#number);
    } catch (error) {
      await level.close();
      throw error;
    }
    this.#level = level;
    this.#reader = reader;
    this.#unsettled = [];
    this.#before = undefined;
    this.#broken = undefined;
    // Opening has made tables of the logs, and synced those.
    this.#isBulkUnsynced = false;
    this.#commits.resume();
    return reader;
  }

  #assertReadable(): void {
    this.#assertOpen();
    if (this.#opening === undefined) return;
    throw new StoreError('STORE_UNAVAILABLE', 'the store is being opened again: try later');
  }

  #assertOpen(): void {
    if (this.#isClosing) throw new StoreError('STORE_CLOSED', 'the store is closed');
  }
}

type Operation = { type: 'put'; key: string; value: string } | { type: 'del'; key: string };

function toOperation(write: Write): Operation {
  const key = octetsToText(write.key);
  if (!('value' in write)) return { type: 'del', key };
  return { type: 'put', key, value: octetsToText(sealValue(write.key, write.value)) };
}

/** Makes durable what LevelDB has handed to the system without syncing. */
async function syncLogs(levelFolder: string): Promise<void> {
  for (const name of await readdir(levelFolder)) {
    if (name.endsWith('.log')) await syncIfThere(join(levelFolder, name));
  }
  await syncFolder(levelFolder);
}

/** A file that is gone meanwhile became a table, which LevelDB has synced. */
async function syncIfThere(path: string): Promise<void> {
  try {
    await syncFile(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

async function checkLayout(store: LevelStore, isNew: boolean): Promise<void> {
  const found = await store.get(LAYOUT_KEY);
  if (found === undefined) {
    if (!isNew && (await holdsRows(store))) {
      throw new StoreError(
        'STORE_DAMAGED',
        `${store.folder} holds rows but no layout version: restore from a backup`,
      );
    }
    await store.write([{ key: LAYOUT_KEY, value: u32Key(STORE_LAYOUT_VERSION) }]);
    return;
  }
  const version = new DataView(found.buffer, found.byteOffset, found.length).getUint32(0);
  if (version !== STORE_LAYOUT_VERSION) {
    throw new StoreError(
      'STORE_LAYOUT',
      `${store.folder} has layout version ${version} and this program knows only ` +
        `${STORE_LAYOUT_VERSION}: run the Holdfast that wrote it, or restore a backup`,
    );
  }
}

/**
 * A mirror begins with a batch that the store names. So whatever copy is made of the store from
 * then on, its position is that of a record, which tells whether a mirror leads on from there.
 */
async function beginMirror(store: LevelStore): Promise<void> {
  await store.write([{ key: LAYOUT_KEY, value: u32Key(STORE_LAYOUT_VERSION) }]);
}

/** A process killed right after creating LevelDB leaves one without any row: that is a new one. */
async function holdsRows(store: LevelStore): Promise<boolean> {
  for await (const rows of store.range(Uint8Array.of(0), Uint8Array.of(0xff), { limit: 1 })) {
    if (rows.length > 0) return true;
  }
  return false;
}
