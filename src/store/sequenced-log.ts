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
  readonly #name: string;
  readonly #sizeMax: number;
  #first: number;
  #next: number;

  private constructor(prefix: number, name: string, sizeMax: number, first: number, next: number) {
    this.#prefix = prefix;
    this.#name = name;
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
        else if (sequence !== next) throw gapError(name, next, sequence);
        next = sequence + 1;
        visit?.({ sequence, value });
      }
    }
    return new SequencedLog(prefix, name, sizeMax, first, next ?? 1);
  }

  /**
   * As `open`, but looks at the oldest and the newest value only: for logs so long that reading
   * them would hold up the start. A gap between the two is found by who reads across it.
   */
  static async openEnds(
    reader: KeyValueReader,
    prefix: number,
    name: string,
    sizeMax: number,
  ): Promise<SequencedLog> {
    const first = await endOf(reader, prefix, false);
    const last = await endOf(reader, prefix, true);
    return new SequencedLog(prefix, name, sizeMax, first ?? 1, (last ?? 0) + 1);
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

  /**
   * Values after `sequence`, oldest first, at most `limit`.
   * @throws StoreError STORE_DAMAGED when a number is missing between two of them
   */
  async read(reader: KeyValueReader, after: number, limit: number): Promise<LogEntry[]> {
    const entries: LogEntry[] = [];
    const { to } = prefixRange(Uint8Array.of(this.#prefix));
    for await (const chunk of reader.range(this.#key(after + 1), to, { limit })) {
      for (const { key, value } of chunk) {
        const number = readU64Key(key, 1);
        const before = entries.at(-1)?.sequence;
        if (before !== undefined && number !== before + 1) {
          throw gapError(this.#name, before + 1, number);
        }
        entries.push({ sequence: number, value });
      }
    }
    return entries;
  }

  /**
   * Values after `sequence`, oldest first, up to what is the newest now; `count` are read at once.
   * Those that are dropped meanwhile are passed over. @throws as `read`
   */
  async *walk(reader: KeyValueReader, sequence: number, count: number): AsyncGenerator<LogEntry> {
    const { last } = this;
    let done = sequence;
    for (;;) {
      const read = await this.read(reader, Math.max(done, this.#first - 1), count);
      for (const entry of read) {
        if (entry.sequence > last) return;
        yield entry;
        done = entry.sequence;
      }
      if (read.length === 0) return;
    }
  }

  #key(sequence: number): Uint8Array {
    return buildKey(this.#prefix, u64Key(sequence));
  }
}

/** Number of the oldest (`isLast` false) or newest value. */
async function endOf(
  reader: KeyValueReader,
  prefix: number,
  isLast: boolean,
): Promise<number | undefined> {
  const { from, to } = prefixRange(Uint8Array.of(prefix));
  for await (const [entry] of reader.range(from, to, { limit: 1, reverse: isLast })) {
    return readU64Key(entry.key, 1);
  }
  return undefined;
}

function gapError(name: string, missing: number, next: number): StoreError {
  return new StoreError(
    'STORE_DAMAGED',
    `the ${name} lacks entry ${missing} (the one before ${next}): ` +
      'restore the newest good backup with "holdfast restore"',
  );
}
