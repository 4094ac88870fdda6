/**
 * A log of values numbered from 1 without gaps, under one key prefix. The caller puts the write of
 * an appended value into a batch of its own, so that the value and what it tells of are one.
 * Numbers are given out in the order of the calls: hand the writes to the store in that order,
 * without waiting in between. The oldest values go when more than the limit are kept.
 */
import type { KeyValueReader, Write } from './key-value-store.ts';
import { buildKey, prefixRange, readU64Key, u64Key } from './keyspace.ts';
import { StoreError } from './store-error.ts';

export interface LogEntry {
  sequence: number;
  value: Uint8Array;
}

/** The numbers of the oldest value and of the next one. */
export interface LogMark {
  readonly first: number;
  readonly next: number;
}

/** How many values are removed at once when the log is over its limit. */
const TRIM_STEP = 256;

export class SequencedLog {
  readonly #prefix: number;
  readonly #sizeMax: number;
  #first: number;
  #next: number;

  private constructor(prefix: number, sizeMax: number, first: number, next: number) {
    this.#prefix = prefix;
    this.#sizeMax = sizeMax;
    this.#first = first;
    this.#next = next;
  }

  /**
   * @param prefix one of KEYSPACE
   * @param name what errors call the log
   * @param visit shown every value, oldest first
   * @throws StoreError STORE_DAMAGED when a number is missing between the first and the last
   */
  static async open(
    reader: KeyValueReader,
    prefix: number,
    name: string,
    sizeMax: number,
    visit?: (entry: LogEntry) => void,
  ): Promise<SequencedLog> {
    const { from, to } = prefixRange(Uint8Array.of(prefix));
    let first = 1;
    let next: number | undefined;
    for await (const chunk of reader.range(from, to)) {
      for (const { key, value } of chunk) {
        const sequence = readU64Key(key, 1);
        if (next === undefined) first = sequence;
        else if (sequence !== next) {
          throw new StoreError(
            'STORE_DAMAGED',
            `the ${name} lacks entry ${next} (the one before ${sequence}): ` +
              'restore the newest good backup with "holdfast restore"',
          );
        }
        next = sequence + 1;
        visit?.({ sequence, value });
      }
    }
    return new SequencedLog(prefix, sizeMax, first, next ?? 1);
  }

  /** Number of the newest value, 0 when there never was one. */
  get last(): number {
    return this.#next - 1;
  }

  /** Number of the oldest value that is kept. */
  get first(): number {
    return this.#first;
  }

  /** The number that the next appended value gets. */
  get next(): number {
    return this.#next;
  }

  /** Numbers the value and gives what must be written, trimming included. */
  append(value: Uint8Array): Write[] {
    const writes: Write[] = [{ key: this.#key(this.#next), value }];
    this.#next += 1;
    const isOver = this.#next - this.#first > this.#sizeMax + TRIM_STEP;
    if (isOver) writes.push(...this.dropOldest(TRIM_STEP));
    return writes;
  }

  /** Takes so many of the oldest values out and gives what must be written. */
  dropOldest(count: number): Write[] {
    const writes: Write[] = [];
    const end = Math.min(this.#first + count, this.#next);
    for (; this.#first < end; this.#first++) {
      writes.push({ key: this.#key(this.#first), delete: true });
    }
    return writes;
  }

  /** Where the log stands, for `goBack`. */
  mark(): LogMark {
    return { first: this.#first, next: this.#next };
  }

  /** Undoes what was appended and dropped since the mark: the store did not take it. */
  goBack(mark: LogMark): void {
    this.#first = mark.first;
    this.#next = mark.next;
  }

  async get(reader: KeyValueReader, sequence: number): Promise<Uint8Array | undefined> {
    if (sequence < this.#first || sequence >= this.#next) return undefined;
    return reader.get(this.#key(sequence));
  }

  /** One answer per number, as `get`. */
  async getMany(
    reader: KeyValueReader,
    sequences: readonly number[],
  ): Promise<(Uint8Array | undefined)[]> {
    return reader.getMany(sequences.map((sequence) => this.#key(sequence)));
  }

  /** Values after `sequence`, oldest first, at most `limit`. */
  async read(reader: KeyValueReader, after: number, limit: number): Promise<LogEntry[]> {
    const entries: LogEntry[] = [];
    const { to } = prefixRange(Uint8Array.of(this.#prefix));
    for await (const chunk of reader.range(this.#key(after + 1), to, { limit })) {
      for (const { key, value } of chunk) entries.push({ sequence: readU64Key(key, 1), value });
    }
    return entries;
  }

  #key(sequence: number): Uint8Array {
    return buildKey(this.#prefix, u64Key(sequence));
  }
}
