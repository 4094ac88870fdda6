/** One moment of database B: what a query is answered from, with the instant that it is as of. */
import type { StoreSnapshot } from '#store/key-value-store.ts';
import type { DirectoryObjects, DirectoryType } from './directory-row.ts';
import {
  keyOfTerm,
  type ReplicaMark,
  readRow,
  rowKey,
  type Term,
  termRange,
} from './replica-rows.ts';

export class ReplicaView {
  readonly #snapshot: StoreSnapshot;
  readonly #generation: number;
  /** The register's clock. */
  readonly asOfMs: number;

  /** Made by `ReplicaStore.view`. */
  constructor(snapshot: StoreSnapshot, { generation, asOfMs }: ReplicaMark) {
    this.#snapshot = snapshot;
    this.#generation = generation;
    this.asOfMs = asOfMs;
  }

  /** @throws StoreError STORE_DAMAGED */
  async find<Type extends DirectoryType>(
    type: Type,
    key: string,
  ): Promise<DirectoryObjects[Type] | undefined> {
    const value = await this.#snapshot.get(rowKey(this.#generation, type, key));
    return value && (readRow(value) as DirectoryObjects[Type]);
  }

  /** Keys of what a term finds, in order; at most `limit`. @throws StoreError STORE_DAMAGED */
  async keysOf(term: Term, limit: number): Promise<string[]> {
    const { from, to } = termRange(this.#generation, term);
    const keys: string[] = [];
    for await (const chunk of this.#snapshot.range(from, to, { limit })) {
      for (const { key } of chunk) keys.push(keyOfTerm(this.#generation, term, key));
    }
    return keys;
  }

  close(): Promise<void> {
    return this.#snapshot.close();
  }
}
