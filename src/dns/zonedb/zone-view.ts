/**
 * One version of a zone, pinned by a snapshot of the store until it is closed. LevelDB can lose
 * sight of its newest rows without a word (a flipped bit in the index of a table) and then shows
 * those of before, a zone that adds up and is an old one: so a view is held against what the
 * control thread knows of the zone.
 */
import { CodedError } from '#base/coded-error.ts';
import { formatName, type Name, nameKey, nameOfSortKey, sortKey } from '#dns/wire/name.ts';
import type { KeyValueStore, StoreSnapshot } from '#store/key-value-store.ts';
import { parseNodeRow, type StoredNode } from './node-row.ts';
import { readStoredContent } from './stored-content.ts';
import type { ZoneDbParts } from './zone-db-parts.ts';
import { generationRange, NODE_KEY_PREFIX_SIZE, nodeKey, zoneKey } from './zone-keys.ts';
import type { ZoneState } from './zone-list.ts';
import { isAsNew, parseZoneRow, type ZoneRow } from './zone-row.ts';

type ViewedParts = Pick<ZoneDbParts, 'store' | 'zones' | 'lock'>;

/**
 * The zone as it is now; close it. `undefined` when there is no such zone.
 * @throws StoreError STORE_DAMAGED; CodedError ZONE_DAMAGED where the store shows an older version
 *   than was written, or none
 */
export async function openZoneView(parts: ViewedParts, apex: Name): Promise<ZoneView | undefined> {
  const state = parts.zones.find(apex);
  const known = state?.row;
  const view = await ZoneView.open(parts.store, apex);
  if (isAsKnown(view, state, known)) return view;
  await view?.close();
  // Changed since, or damaged: under the lock, store and memory say the same of a sound zone.
  return parts.lock.run([nameKey(apex)], () => openKnown(parts, apex));
}

async function openKnown({ store, zones }: ViewedParts, apex: Name): Promise<ZoneView | undefined> {
  const state = zones.find(apex);
  const view = await ZoneView.open(store, apex);
  if (isAsKnown(view, state, state?.row)) return view;
  await view?.close();
  const found = view === undefined ? 'no such zone' : `version ${view.row.version} of it`;
  throw new CodedError(
    'ZONE_DAMAGED',
    `zone ${formatName(apex)}: the store has ${found}, and version ${state?.row.version} was ` +
      'written: "holdfast zone repair" brings it back, or restore the newest good backup',
  );
}

/** @param known the zone's row when the view was asked for; it may have been changed since */
function isAsKnown(
  view: ZoneView | undefined,
  state: ZoneState | undefined,
  known: ZoneRow | undefined,
): boolean {
  if (known === undefined || state?.isStored === false) return true;
  return view !== undefined && isAsNew(view.row, known);
}

export class ZoneView {
  /** The zone as of the snapshot. */
  readonly row: ZoneRow;
  readonly #snapshot: StoreSnapshot;

  private constructor(row: ZoneRow, snapshot: StoreSnapshot) {
    this.row = row;
    this.#snapshot = snapshot;
  }

  /** As the store shows it; `undefined` when it has no such zone. Close what you get. */
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
