/**
 * An incremental backup laid over the one that it builds on: both are streams of rows in key order,
 * and so is what comes out, with never more than a chunk of each in memory.
 *
 *     base      a b c d e f          rows inside a replaced range go,
 *     ranges      [---)              the others stay,
 *     changes     b' bb              and the changed rows take their places
 *     result    a b' bb d e f
 */
import { compareBytes } from '#base/bytes.ts';
import type { Entry } from '../key-value-store.ts';
import type { KeyRange } from '../keyspace.ts';

/**
 * @param ranges ascending and apart
 * @param changes all rows that there are in the ranges, and no others
 */
export async function* overlayRows(
  base: AsyncIterable<Entry[]>,
  ranges: readonly KeyRange[],
  changes: AsyncIterable<Entry[]>,
): AsyncGenerator<Entry[]> {
  const kept = new RowCursor(outsideOf(base, ranges));
  const changed = new RowCursor(changes);
  try {
    for (;;) {
      await kept.fill();
      await changed.fill();
      if (kept.isEnded && changed.isEnded) return;
      yield mergeChunks(kept, changed);
    }
  } finally {
    await kept.close();
    await changed.close();
  }
}

/** The rows that are in none of the ranges. */
async function* outsideOf(
  rows: AsyncIterable<Entry[]>,
  ranges: readonly KeyRange[],
): AsyncGenerator<Entry[]> {
  let at = 0;
  for await (const chunk of rows) {
    yield chunk.filter(({ key }) => {
      while (at < ranges.length && compareBytes(ranges[at].to, key) <= 0) at += 1;
      return at === ranges.length || compareBytes(key, ranges[at].from) < 0;
    });
  }
}

/** In order, until one of the two has to be read on. */
function mergeChunks(a: RowCursor, b: RowCursor): Entry[] {
  const merged: Entry[] = [];
  for (;;) {
    const fromA = a.current;
    const fromB = b.current;
    if (fromA === undefined && !a.isEnded) return merged;
    if (fromB === undefined && !b.isEnded) return merged;
    if (fromA === undefined && fromB === undefined) return merged;
    const isA =
      fromB === undefined || (fromA !== undefined && compareBytes(fromA.key, fromB.key) < 0);
    const next = (isA ? a : b).take();
    if (next !== undefined) merged.push(next);
  }
}

class RowCursor {
  readonly #chunks: AsyncIterator<Entry[]>;
  #chunk: readonly Entry[] = [];
  #at = 0;
  #isDone = false;

  constructor(rows: AsyncIterable<Entry[]>) {
    this.#chunks = rows[Symbol.asyncIterator]();
  }

  /** The next row, as far as it is read. */
  get current(): Entry | undefined {
    return this.#chunk[this.#at];
  }

  get isEnded(): boolean {
    return this.#isDone && this.current === undefined;
  }

  take(): Entry | undefined {
    const row = this.current;
    this.#at += 1;
    return row;
  }

  /** Reads on until there is a row or the end. */
  async fill(): Promise<void> {
    while (this.current === undefined && !this.#isDone) {
      const next = await this.#chunks.next();
      this.#isDone = next.done === true;
      this.#chunk = next.done === true ? [] : next.value;
      this.#at = 0;
    }
  }

  async close(): Promise<void> {
    if (!this.#isDone) await this.#chunks.return?.(undefined);
  }
}
