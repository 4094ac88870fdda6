/**
 * The zone that a query is in, at the one version that the query sees of it. A CNAME chain may lead
 * to other zones and back, so every zone that was entered is remembered with its version until the
 * query is done.
 */
import type { ImageLookup } from '#dns/image/image-lookup.ts';
import {
  ZONE_APEX,
  ZONE_NAME_INFO,
  ZONE_NSEC_INDEX,
  ZONE_NSEC3_INDEX,
  ZONE_TABLE,
  ZONE_VERSION,
} from '#dns/image/layout.ts';
import type { LookupName } from '#dns/image/lookup-name.ts';

export class PinnedZone {
  /** Word of the zone's block; 0 before the first `enter`. */
  zone = 0;
  version = 0;
  /** Word of the name table. */
  table = 0;
  /** Word of the apex node. */
  apex = 0;
  /** Labels of the apex. */
  labels = 0;
  /** Words of the heads of the ordered indexes; 0 where the zone has none. */
  nsecIndex = 0;
  nsec3Index = 0;
  readonly #lookup: ImageLookup;
  readonly #zones: Int32Array;
  readonly #versions: Int32Array;
  #count = 0;

  /** @param zonesMax how many zones one query can enter */
  constructor(lookup: ImageLookup, zonesMax: number) {
    this.#lookup = lookup;
    this.#zones = new Int32Array(zonesMax);
    this.#versions = new Int32Array(zonesMax);
  }

  /** Starts a query. */
  forget(): void {
    this.#count = 0;
    this.zone = 0;
  }

  /**
   * Enters a zone; one that the query was in before as it was then, even if it has been replaced as
   * a whole since.
   * @param found its word; @param name whose labels from `apexLabel` on are its apex
   */
  enter(found: number, name: LookupName, apexLabel: number): void {
    const { words } = this.#lookup;
    // The version first: an ordered load, so that what it published is seen below.
    const index = this.#pin(found, name, apexLabel);
    const zone = this.#zones[index];
    this.zone = zone;
    this.version = this.#versions[index];
    this.table = words[zone + ZONE_TABLE] << 1;
    this.labels = words[zone + ZONE_NAME_INFO] >>> 8;
    this.apex = this.#lookup.nodeIn(words[zone + ZONE_APEX], this.version);
    this.nsecIndex = words[zone + ZONE_NSEC_INDEX] << 1;
    this.nsec3Index = words[zone + ZONE_NSEC3_INDEX] << 1;
  }

  #pin(found: number, name: LookupName, apexLabel: number): number {
    for (let index = 0; index < this.#count; index++) {
      if (this.#lookup.isApex(this.#zones[index], name, apexLabel)) return index;
    }
    const index = this.#count;
    this.#zones[index] = found;
    this.#versions[index] = Atomics.load(this.#lookup.words, found + ZONE_VERSION);
    this.#count = index + 1;
    return index;
  }

  /** The node of a name at or below the apex, as a word, or 0. */
  findNode(name: LookupName, label: number): number {
    const apexLabel = name.labels - this.labels;
    if (label === apexLabel) return this.apex;
    return this.#lookup.findNode(this.table, name, label, apexLabel, this.version);
  }

  /** The `*` below the name that begins at `label`, as a word, or 0. */
  findWildcard(name: LookupName, label: number): number {
    const apexLabel = name.labels - this.labels;
    const slot = this.#lookup.findWildcardSlot(this.table, name, label, apexLabel);
    return slot === 0 ? 0 : this.#lookup.nodeIn(this.#lookup.words[slot + 1], this.version);
  }

  /** True if the name is the zone's apex or below it. */
  contains(name: LookupName): boolean {
    const apexLabel = name.labels - this.labels;
    return apexLabel >= 0 && this.#lookup.isApex(this.zone, name, apexLabel);
  }
}
