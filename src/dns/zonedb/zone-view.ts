/** One version of a zone, pinned by a snapshot of the store until it is closed. */
import { type Name, nameOfSortKey, sortKey } from '#dns/wire/name.ts';
import type { KeyValueStore, StoreSnapshot } from '#store/key-value-store.ts';
import { parseNodeRow, type StoredNode } from './node-row.ts';
import { readStoredContent } from './stored-content.ts';
import { generationRange, NODE_KEY_PREFIX_SIZE, nodeKey, zoneKey } from './zone-keys.ts';
import { parseZoneRow, type ZoneRow } from './zone-row.ts';

export class ZoneView {
  /** The zone as of the snapshot. */
  readonly row: ZoneRow;
  readonly #snapshot: StoreSnapshot;

  private constructor(row: ZoneRow, snapshot: StoreSnapshot) {
    this.row = row;
    this.#snapshot = snapshot;
  }

  /** `undefined` when the store has no such zone. Close what you get. */
  static async open(store: KeyValueStore, apex: Name): Promise<ZoneView | undefined> {
    const snapshot = store.snapshot();
    try {
      const value = await snapshot.get(zoneKey(apex));
      if (value !== undefined) return new ZoneView(parseZoneRow(value), snapshot);
    } catch (error) {
      await snapshot.close();
      throw error;
    }
    await snapshot.close();
    return undefined;
  }

  /** All nodes in canonical order, in chunks of a few hundred. */
  nodes(): AsyncGenerator<StoredNode[]> {
    return readStoredContent(this.#snapshot, this.row);
  }

  /**
   * At most `limit` nodes in canonical order, from `owner` on (itself too, if it is there), which
   * must be at or below the apex. What `nodes` finds out at its end is not found out here.
   */
  async nodesFrom(owner: Name, limit: number): Promise<StoredNode[]> {
    const { apex, generation } = this.row;
    const { to } = generationRange(generation);
    const nodes: StoredNode[] = [];
    const from = nodeKey(generation, sortKey(owner, apex));
    for await (const chunk of this.#snapshot.range(from, to, { limit })) {
      for (const { key, value } of chunk) {
        const name = nameOfSortKey(key.subarray(NODE_KEY_PREFIX_SIZE), apex);
        nodes.push({ owner: name, rrsets: parseNodeRow(value) });
      }
    }
    return nodes;
  }

  /** One node; no RRsets when there is none. The name must be at or below the apex. */
  async node(owner: Name): Promise<StoredNode> {
    const key = nodeKey(this.row.generation, sortKey(owner, this.row.apex));
    const value = await this.#snapshot.get(key);
    return { owner, rrsets: value === undefined ? [] : parseNodeRow(value) };
  }

  async close(): Promise<void> {
    await this.#snapshot.close();
  }
}
