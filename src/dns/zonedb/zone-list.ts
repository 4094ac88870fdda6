/** What the control thread holds of each zone: its row, never its records. */
import { compareNames, type Name, nameKey } from '#dns/wire/name.ts';
import type { KeyValueReader } from '#store/key-value-store.ts';
import { KEYSPACE, prefixRange } from '#store/keyspace.ts';
import { parseZoneRow, type ZoneRow } from './zone-row.ts';

export interface ZoneState {
  row: ZoneRow;
  /** Why the zone is not served although the store has it; `undefined`: it is served. */
  fault: string | undefined;
  /** False while a large new zone, answered for already, is on its way into the store. */
  isStored?: boolean;
  /** A secondary zone that was not refreshed in time: it is there, and answered SERVFAIL. */
  expired?: boolean;
}

/** The fault of a zone whose store is damaged while the image has it whole. */
export function servedFault(reason: string): string {
  return `${reason}; it is answered from memory, and changes are refused`;
}

/** All zones, by name. */
export class ZoneList {
  readonly #zones = new Map<string, ZoneState>();
  #sorted: Name[] | undefined;

  get size(): number {
    return this.#zones.size;
  }

  find(apex: Name): ZoneState | undefined {
    return this.#zones.get(nameKey(apex));
  }

  set(state: ZoneState): void {
    if (this.find(state.row.apex) === undefined) this.#sorted = undefined;
    this.#zones.set(nameKey(state.row.apex), state);
  }

  delete(apex: Name): void {
    this.#sorted = undefined;
    this.#zones.delete(nameKey(apex));
  }

  /** In no order. */
  all(): Iterable<ZoneState> {
    return this.#zones.values();
  }

  /** Names of all zones in canonical order; the list is never changed in place. */
  names(): readonly Name[] {
    this.#sorted ??= [...this.#zones.values()].map(({ row }) => row.apex).sort(compareNames);
    return this.#sorted;
  }
}

/** All zones that the store has. @throws StoreError STORE_DAMAGED, CodedError STORE_LAYOUT */
export async function readZoneList(store: KeyValueReader): Promise<ZoneList> {
  const zones = new ZoneList();
  const { from, to } = prefixRange(Uint8Array.of(KEYSPACE.zone));
  for await (const chunk of store.range(from, to)) {
    for (const { value } of chunk) zones.set({ row: parseZoneRow(value), fault: undefined });
  }
  return zones;
}
