/**
 * Rows on their way to the disk. A command lets go of its locks as soon as its rows are in line for
 * the next synced batch, and the next command on the same objects reads them here: so one
 * registrar, whose balance every command changes, is not held to one command per sync. Nobody is
 * answered before the batch is durable, and a batch that fails takes with it everything that stood
 * on it: the epoch changes, and drafts of an older epoch are refused.
 */
import { compareBytes, latin1 } from '#base/bytes.ts';
import type { Write } from '#store/key-value-store.ts';
import type { KeyRange } from '#store/keyspace.ts';

/** A row to be: octets, or `null` where it goes. */
export type PendingValue = Uint8Array | null;

interface PendingRow {
  key: Uint8Array;
  value: PendingValue;
  /** The write that put it here. */
  write: Write;
}

export class PendingRows {
  readonly #rows = new Map<string, PendingRow>();
  #epoch = 0;

  get epoch(): number {
    return this.#epoch;
  }

  add(writes: readonly Write[]): void {
    for (const write of writes) {
      const value = 'value' in write ? write.value : null;
      this.#rows.set(latin1(write.key), { key: write.key, value, write });
    }
  }

  /** They are on disk; rows that were written again meanwhile stay. */
  settle(writes: readonly Write[]): void {
    for (const write of writes) {
      const key = latin1(write.key);
      if (this.#rows.get(key)?.write === write) this.#rows.delete(key);
    }
  }

  /** The disk did not take them: nothing that is here, or was read here, counts any more. */
  discard(): void {
    this.#rows.clear();
    this.#epoch += 1;
  }

  /** `undefined`: nothing of this row is on its way. */
  get(key: Uint8Array): PendingValue | undefined {
    return this.#rows.get(latin1(key))?.value;
  }

  /** What is on its way within a range, in no order. */
  within({ from, to }: KeyRange): { key: Uint8Array; value: PendingValue }[] {
    const found = [];
    for (const row of this.#rows.values()) {
      if (compareBytes(row.key, from) >= 0 && compareBytes(row.key, to) < 0) found.push(row);
    }
    return found;
  }
}
