/**
 * Verified reads from LevelDB, of the store as it is or of a snapshot. Every value is checked
 * against its key (row-check.ts) before anybody sees it; what LevelDB itself reports becomes a
 * StoreError that says what was being read.
 */

import { formatHex } from '#base/bytes.ts';
import { errorCode, errorMessage } from '#base/coded-error.ts';
import type { Entry, KeyValueReader, RangeOptions } from './key-value-store.ts';
import { octetsToText, textToOctets } from './octet-text.ts';
import type { LevelDatabase } from './open-level.ts';
import { openValue } from './row-check.ts';
import { StoreError } from './store-error.ts';

type LevelSnapshot = ReturnType<LevelDatabase['snapshot']>;

/** Rows asked of LevelDB at a time, and octets after which a chunk ends early. */
const CHUNK_ROWS = 1000;
const CHUNK_OCTETS = 256 << 10;
/** Up to so many keys are read in this thread; more would keep it from its other work. */
const KEYS_AT_ONCE_MAX = 64;

export class LevelReader implements KeyValueReader {
  readonly #level: LevelDatabase;
  readonly #snapshot: LevelSnapshot | undefined;

  /** Reads the newest state where no snapshot is given. */
  constructor(level: LevelDatabase, snapshot?: LevelSnapshot) {
    this.#level = level;
    this.#snapshot = snapshot;
  }

  /**
   * Read in this thread: what a change looks up is nearly always in LevelDB's or the system's
   * cache, where the way to another thread and back costs several times the reading itself.
   */
  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    const stored = await this.#ask(
      () => `key ${formatKey(key)}`,
      () => this.#level.getSync<string, string | undefined>(octetsToText(key), this.#readOptions()),
    );
    return stored === undefined ? undefined : verify(key, stored);
  }

  async getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    if (keys.length <= KEYS_AT_ONCE_MAX) return Promise.all(keys.map((key) => this.get(key)));
    const asked = (): string => `one of ${keys.length} keys`;
    const stored = await this.#ask(asked, () =>
      this.#level.getMany<string, string | undefined>(keys.map(octetsToText), this.#readOptions()),
    );
    return keys.map((key, at) => {
      const found = stored[at];
      return found === undefined ? undefined : verify(key, found);
    });
  }

  async *range(
    from: Uint8Array,
    to: Uint8Array,
    options: RangeOptions = {},
  ): AsyncGenerator<Entry[]> {
    const { reverse = false, limit = Number.POSITIVE_INFINITY, onDamaged } = options;
    const what = (): string => `the rows from ${formatKey(from)} to ${formatKey(to)}`;
    const bounds = { gte: octetsToText(from), lt: octetsToText(to), reverse };
    const iterator = await this.#ask(what, () => this.#level.iterator(this.#options(bounds)));
    try {
      let left = limit;
      while (left > 0) {
        const rows = await this.#ask(what, () => iterator.nextv(Math.min(CHUNK_ROWS, left)));
        const last = rows.at(-1);
        if (last === undefined) return;
        left -= rows.length;
        if (left <= 0) {
          const [near, far] = [octetsToText(from), octetsToText(to)];
          await this.#checkPassed(what, reverse ? [last[0], far] : [near, last[0]]);
        }
        const opened = rows
          .map((row) => openRow(row, onDamaged))
          .filter((row) => row !== undefined);
        if (opened.length > 0) yield opened;
      }
    } finally {
      await iterator.close();
    }
  }

  /**
   * LevelDB steps over an unreadable block and says so only when an iteration reaches its end. One
   * that stops at a limit does not, so the keys that it passed (`first` to `last`, both included)
   * are run through again to the end.
   */
  async #checkPassed(what: () => string, [first, last]: [string, string]): Promise<void> {
    const bounds = { gte: first, lte: last };
    const keys = await this.#ask(what, () => this.#level.keys(this.#options(bounds)));
    try {
      while ((await this.#ask(what, () => keys.nextv(CHUNK_ROWS))).length > 0);
    } finally {
      await keys.close();
    }
  }

  #readOptions(): { snapshot?: LevelSnapshot } {
    return this.#snapshot === undefined ? {} : { snapshot: this.#snapshot };
  }

  #options<T>(bounds: T): T & { highWaterMarkBytes: number; snapshot?: LevelSnapshot } {
    return { ...bounds, highWaterMarkBytes: CHUNK_OCTETS, ...this.#readOptions() };
  }

  /** `what` is read, for the message of what may go wrong. */
  async #ask<T>(what: () => string, read: () => T | Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      throw readError(what(), error);
    }
  }
}

/** A key as errors name it: hexadecimal, shortened. */
export function formatKey(key: Uint8Array): string {
  const shown = formatHex(key.subarray(0, 48));
  return key.length > 48 ? `${shown}… (${key.length} octets)` : shown;
}

function openRow(
  [keyText, stored]: [string, string],
  onDamaged?: (key: Uint8Array) => void,
): Entry | undefined {
  const key = textToOctets(keyText);
  if (onDamaged === undefined) return { key, value: verify(key, stored) };
  const value = openValue(key, textToOctets(stored));
  if (value !== undefined) return { key, value };
  onDamaged(key);
  return undefined;
}

function verify(key: Uint8Array, stored: string): Uint8Array {
  const value = openValue(key, textToOctets(stored));
  if (value !== undefined) return value;
  throw new StoreError(
    'STORE_DAMAGED',
    `the value of key ${formatKey(key)} fails its checksum: restore from a backup`,
  );
}

function readError(what: string, error: unknown): StoreError {
  const code = errorCode(error);
  // What LevelDB says of a table that is shorter than it should be is EINVAL's text.
  if (code === 'LEVEL_CORRUPTION' || errorMessage(error).includes('Invalid argument')) {
    return new StoreError(
      'STORE_DAMAGED',
      `${what} cannot be read (${errorMessage(error)}): restore from a backup`,
      { cause: error },
    );
  }
  if (code === 'LEVEL_DATABASE_NOT_OPEN' || code === 'LEVEL_ITERATOR_NOT_OPEN') {
    return new StoreError('STORE_CLOSED', `the store was closed while ${what} was read`, {
      cause: error,
    });
  }
  return new StoreError('STORE_READ_FAILED', `${what}: ${errorMessage(error)}; check the disk`, {
    cause: error,
  });
}
