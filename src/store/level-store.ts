/**
 * The store on one machine: LevelDB, distrusted. What LevelDB does not do by itself is around it:
 * a checksum on every value (row-check.ts), group commit and fail-stop (group-commit.ts), a look
 * at the files before they are opened (open-level.ts, close-seal.ts), a lock that spans all that
 * (folder-lock.ts), and a layout version. A store folder holds
 *
 *     level/   LevelDB's files        lock/   an empty LevelDB, for its lock
 *     seal     after an orderly close: what level/ must look like
 *
 * writeBulk and durability: LevelDB appends to one log and a synced write covers all that came
 * before it *in that log*. When the log is full LevelDB goes on to the next without syncing the
 * old one, so a crash could keep a later synced write and lose an earlier bulk one. Therefore the
 * first synced write after a bulk write first syncs every log file that is there; a log that is
 * gone became a table, which LevelDB syncs. The same holds for `close`.
 */
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '#base/atomic-file.ts';
import { errorCode } from '#base/coded-error.ts';
import { sealStore } from './close-seal.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';
import { GROUP_COMMIT_LIMITS, GroupCommit, type GroupCommitLimits } from './group-commit.ts';
import type {
  Entry,
  KeyValueStore,
  RangeOptions,
  StoreSnapshot,
  Write,
} from './key-value-store.ts';
import { buildKey, KEYSPACE, u32Key } from './keyspace.ts';
import { LevelReader } from './level-reader.ts';
import { octetsToText } from './octet-text.ts';
import { type LevelDatabase, openLevel } from './open-level.ts';
import { sealValue } from './row-check.ts';
import { StoreError } from './store-error.ts';

/** Version of what keys and values mean; raised when an older program could misread them. */
export const STORE_LAYOUT_VERSION = 1;

const LAYOUT_KEY = buildKey(KEYSPACE.layout);

/**
 * Opens the store in `folder`, created if missing. Errors: `STORE_LOCKED`, `STORE_DAMAGED`,
 * `STORE_LAYOUT`, `STORE_UNAVAILABLE`; nothing is changed then.
 */
export async function openLevelStore(
  folder: string,
  limits: GroupCommitLimits = GROUP_COMMIT_LIMITS,
): Promise<LevelStore> {
  const lock = await lockFolder(join(folder, 'lock'));
  try {
    const { level, isNew } = await openLevel(join(folder, 'level'), join(folder, 'seal'));
    const store = new LevelStore(folder, level, lock, limits);
    try {
      await checkLayout(store, isNew);
    } catch (error) {
      await level.close();
      throw error;
    }
    return store;
  } catch (error) {
    await lock.close();
    throw error;
  }
}

export class LevelStore implements KeyValueStore {
  readonly folder: string;
  readonly #level: LevelDatabase;
  readonly #lock: FolderLock;
  readonly #reader: LevelReader;
  readonly #commits: GroupCommit;
  #isBulkUnsynced = false;
  #isClosing = false;

  /** Made by `openLevelStore`. */
  constructor(folder: string, level: LevelDatabase, lock: FolderLock, limits: GroupCommitLimits) {
    this.folder = folder;
    this.#level = level;
    this.#lock = lock;
    this.#reader = new LevelReader(level);
    this.#commits = new GroupCommit((writes) => this.#commit(writes), limits);
  }

  get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#reader.get(key);
  }

  getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return this.#reader.getMany(keys);
  }

  range(from: Uint8Array, to: Uint8Array, options?: RangeOptions): AsyncIterable<Entry[]> {
    return this.#reader.range(from, to, options);
  }

  async write(writes: readonly Write[]): Promise<void> {
    this.#assertOpen();
    await this.#commits.submit(writes);
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
      await this.#level.batch(writes.map(toOperation));
    } catch (error) {
      throw this.#commits.fail(error);
    } finally {
      this.#isBulkUnsynced = true;
    }
  }

  snapshot(): StoreSnapshot {
    this.#assertOpen();
    const snapshot = this.#level.snapshot();
    const reader = new LevelReader(this.#level, snapshot);
    return {
      get: (key) => reader.get(key),
      getMany: (keys) => reader.getMany(keys),
      range: (from, to, options) => reader.range(from, to, options),
      close: () => snapshot.close(),
    };
  }

  /** Why writes are refused, or `undefined` while the disk takes them. */
  get failure(): StoreError | undefined {
    return this.#commits.failure;
  }

  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    await this.#commits.idle();
    const isSound = this.#commits.failure === undefined;
    try {
      if (isSound && this.#isBulkUnsynced) await syncLogs(this.#levelFolder);
    } finally {
      await this.#level.close();
      // Without a seal the next start checks less sharply, and that is all: a full disk must not
      // turn an orderly stop into a failure.
      if (isSound) await sealStore(this.#levelFolder, join(this.folder, 'seal')).catch(() => {});
      await this.#lock.close();
    }
  }

  get #levelFolder(): string {
    return join(this.folder, 'level');
  }

  async #commit(writes: readonly Write[]): Promise<void> {
    if (this.#isBulkUnsynced) {
      this.#isBulkUnsynced = false;
      await syncLogs(this.#levelFolder);
    }
    if (writes.length > 0) await this.#level.batch(writes.map(toOperation), { sync: true });
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
    if (name.endsWith('.log')) await syncFile(join(levelFolder, name));
  }
  await syncFolder(levelFolder);
}

/** A file that is gone meanwhile became a table, which LevelDB has synced. */
async function syncFile(path: string): Promise<void> {
  try {
    const file = await open(path, 'r');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
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

/** A process killed right after creating LevelDB leaves one without any row: that is a new one. */
async function holdsRows(store: LevelStore): Promise<boolean> {
  for await (const rows of store.range(Uint8Array.of(0), Uint8Array.of(0xff), { limit: 1 })) {
    if (rows.length > 0) return true;
  }
  return false;
}
