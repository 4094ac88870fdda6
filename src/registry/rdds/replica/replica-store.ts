/**
 * Database B: the part of the register that directory services show, in a LevelDB of its own, with
 * its mark. Objects and mark are one batch, so that the replica is always the register as it was at
 * some instant, and knows which. There is one writer, the follower of the register.
 *
 *     copy:      rows of a new generation, bulk -> mark names it, synced -> old rows deleted
 *     changes:   rows and mark, one synced batch
 *     heartbeat: mark alone, not synced: what a crash takes back is only younger than the truth
 */
import type { Entry, KeyValueStore, Write } from '#store/key-value-store.ts';
import { KEYSPACE } from '#store/keyspace.ts';
import { RddsError } from '../rdds-error.ts';
import type { DirectoryRow } from './directory-row.ts';
import type { HistoryPoint } from './replica-line.ts';
import {
  MARK_KEY,
  markWrite,
  otherGenerations,
  type ReplicaMark,
  readMark,
  readRow,
  rowKey,
  rowWrites,
} from './replica-rows.ts';
import { ReplicaView } from './replica-view.ts';

/** Rows deleted in one batch. */
const DELETED_MAX = 1_000;

/** One committed command, as far as directories care. */
export interface ReplicaChange {
  sequence: number;
  svTrid: string;
  atMs: number;
  rows: readonly DirectoryRow[];
}

/** A copy under way; only `finish` makes anybody see it. */
export interface ReplicaCopy {
  add(rows: readonly DirectoryRow[]): Promise<void>;
  finish(): Promise<void>;
}

export class ReplicaStore {
  readonly #store: KeyValueStore;
  #mark: ReplicaMark | undefined;

  private constructor(store: KeyValueStore, mark: ReplicaMark | undefined) {
    this.#store = store;
    this.#mark = mark;
  }

  /**
   * Takes what a copy that was never finished left away.
   * @throws RddsError RDDS_STORE_FOREIGN where the store holds something else
   * @throws StoreError STORE_DAMAGED
   */
  static async open(store: KeyValueStore): Promise<ReplicaStore> {
    await refuseForeign(store);
    const value = await store.get(MARK_KEY);
    const replica = new ReplicaStore(store, value && readMark(value));
    await replica.#deleteOthers();
    return replica;
  }

  /** How far it is; `undefined`: it never had a whole copy. */
  get mark(): ReplicaMark | undefined {
    return this.#mark;
  }

  /** One moment of it, for reading; `undefined` as `mark`. Must be closed. */
  view(): ReplicaView | undefined {
    return this.#mark && new ReplicaView(this.#store.snapshot(), this.#mark);
  }

  /** Durable when it resolves. @param changes without gaps, after the mark */
  async apply(changes: readonly ReplicaChange[]): Promise<void> {
    const last = changes.at(-1);
    const mark = this.#mark;
    if (last === undefined || mark === undefined) return;
    const { generation } = mark;
    const next = { generation, sequence: last.sequence, svTrid: last.svTrid, asOfMs: last.atMs };
    const writes = await this.#writesOf(generation, newestRows(changes));
    await this.#store.write([...writes, markWrite(next)]);
    this.#mark = next;
  }

  /** The register had nothing newer at that instant. */
  async confirm(asOfMs: number): Promise<void> {
    if (this.#mark === undefined || asOfMs <= this.#mark.asOfMs) return;
    const next = { ...this.#mark, asOfMs };
    await this.#store.writeBulk([markWrite(next)]);
    this.#mark = next;
  }

  /** @param asOfMs when the copy was begun */
  async beginCopy(point: HistoryPoint, asOfMs: number): Promise<ReplicaCopy> {
    await this.#deleteOthers();
    const generation = (this.#mark?.generation ?? 0) + 1;
    return {
      add: async (rows) => {
        await this.#store.writeBulk(rows.flatMap((row) => rowWrites(generation, row, null)));
      },
      finish: async () => {
        const next = { generation, ...point, asOfMs };
        await this.#store.write([markWrite(next)]);
        this.#mark = next;
        await this.#deleteOthers();
      },
    };
  }

  async #writesOf(generation: number, rows: readonly DirectoryRow[]): Promise<Write[]> {
    const keys = rows.map(({ type, key }) => rowKey(generation, type, key));
    const values = await this.#store.getMany(keys);
    return rows.flatMap((row, at) => {
      const value = values[at];
      const before = value === undefined ? null : (readRow(value) as DirectoryRow['value']);
      return rowWrites(generation, row, before);
    });
  }

  async #deleteOthers(): Promise<void> {
    for (const { from, to } of otherGenerations(this.#mark?.generation ?? 0)) {
      for await (const chunk of this.#store.range(from, to)) await this.#delete(chunk);
    }
  }

  async #delete(entries: readonly Entry[]): Promise<void> {
    for (let at = 0; at < entries.length; at += DELETED_MAX) {
      const some = entries.slice(at, at + DELETED_MAX);
      await this.#store.writeBulk(some.map(({ key }) => ({ key, delete: true })));
    }
  }
}

/** Of several rows of one object the newest. */
function newestRows(changes: readonly ReplicaChange[]): DirectoryRow[] {
  const rows = new Map<string, DirectoryRow>();
  for (const change of changes) {
    for (const row of change.rows) rows.set(`${row.type}/${row.key}`, row);
  }
  return [...rows.values()];
}

async function refuseForeign(store: KeyValueStore): Promise<void> {
  const ranges = [
    [KEYSPACE.layout + 1, KEYSPACE.replicaMark],
    [KEYSPACE.replicaEvent + 1, 0xff],
  ] as const;
  for (const [from, to] of ranges) {
    const rows = store.range(Uint8Array.of(from), Uint8Array.of(to), { limit: 1 });
    for await (const chunk of rows) {
      if (chunk.length === 0) continue;
      throw new RddsError(
        'RDDS_STORE_FOREIGN',
        'the folder of database B holds the store of something else; give it a folder of its own',
      );
    }
  }
}
