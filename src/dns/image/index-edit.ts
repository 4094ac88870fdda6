/**
 * The part of a change that concerns the ordered indexes of a signed zone: NSEC3 RRsets live only
 * there (their owners are no names of the zone, RFC 5155 section 7.2.8), and every name with an
 * NSEC record has an item that leads to its node.
 */
import { latin1 } from '#base/bytes.ts';
import { type Name, sortKey } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { coversNsec3, findNsec3Key, nsec3Key } from './index-key.ts';
import {
  ITEM_NODE,
  NODE_INFO,
  NODE_NSEC,
  NODE_PRESENT,
  NODE_UNITS,
  UNIT_SIZE,
  ZONE_NSEC_INDEX,
  ZONE_NSEC3_INDEX,
} from './layout.ts';
import type { IndexedNode } from './reclaimer.ts';
import type { WriterParts } from './zone-block.ts';
import type { ZoneEdit } from './zone-edit.ts';

/** An item and the node that it shall lead to. Head and item by word, node by unit. */
interface PlannedItem {
  head: number;
  item: number;
  node: number;
  isNew: boolean;
  isNsec3: boolean;
}

export class IndexEdit {
  readonly #parts: WriterParts;
  readonly #zone: number;
  readonly #apex: Name;
  readonly #version: number;
  readonly #items = new Map<string, PlannedItem>();

  constructor(parts: WriterParts, zone: number, apex: Name, version: number) {
    this.#parts = parts;
    this.#zone = zone;
    this.#apex = apex;
    this.#version = version;
  }

  /**
   * Plans the NSEC3 RRset of one owner, with its signatures.
   * @returns by how many the records have grown
   * @throws ImageError IMAGE_FULL, IMAGE_TOO_LARGE, IMAGE_ZONE_INVALID
   */
  planNsec3(owner: Name, edits: readonly ZoneEdit[]): number {
    if (!edits.some(({ type }) => type === TYPE.NSEC3) && !this.#hasNsec3(owner, edits)) return 0;
    const { words, lookup, allocator, index, draft } = this.#parts;
    const key = nsec3Key(owner);
    const head = this.#head(ZONE_NSEC3_INDEX);
    const found = index.find(head, key);
    const before = found === 0 ? 0 : words[found + ITEM_NODE];
    draft.begin(owner, this.#apex);
    if (before !== 0) draft.loadNode(lookup, before << 1);
    const recordsBefore = draft.recordCount;
    for (const { type, rrset } of edits) {
      if (type !== TYPE.NSEC3 && type !== TYPE.RRSIG) continue;
      if (rrset === undefined) draft.remove(type);
      else draft.set(rrset, (covered) => covered === TYPE.NSEC3);
    }
    if (found === 0 && draft.isEmpty) return 0;
    const node = draft.write(lookup, allocator, {
      hash: 0,
      from: this.#version,
      older: before,
      children: 0,
      flags: draft.isEmpty ? 0 : NODE_PRESENT,
    });
    this.#add(`3${latin1(key)}`, head, found, key, node, true);
    return draft.recordCount - recordsBefore;
  }

  /** Signatures of an owner may cover an NSEC3 RRset that is there or comes with them. */
  #hasNsec3(owner: Name, edits: readonly ZoneEdit[]): boolean {
    const rrsigs = edits.filter(({ type }) => type === TYPE.RRSIG);
    if (rrsigs.length === 0) return false;
    if (rrsigs.some(({ rrset }) => rrset !== undefined && coversNsec3(rrset))) return true;
    const head = this.#parts.words[this.#zone + ZONE_NSEC3_INDEX] << 1;
    const key = head === 0 ? undefined : findNsec3Key(owner);
    return key !== undefined && this.#parts.index.find(head, key) !== 0;
  }

  /** Makes the item of a name lead to its new node. @throws ImageError IMAGE_FULL */
  planNsec(owner: Name, node: number): void {
    const { words, index } = this.#parts;
    const hasNsec = (words[(node << 1) + NODE_INFO] & NODE_NSEC) !== 0;
    if (!hasNsec && words[this.#zone + ZONE_NSEC_INDEX] === 0) return;
    const key = sortKey(owner, this.#apex);
    const head = this.#head(ZONE_NSEC_INDEX);
    const found = index.find(head, key);
    if (found !== 0 || hasNsec) this.#add(`1${latin1(key)}`, head, found, key, node, false);
  }

  /** Where the name stands in the NSEC index, for the reclaimer. */
  nsecPlace(owner: Name): IndexedNode | undefined {
    if (this.#items.size === 0) return undefined;
    return this.#items.get(`1${latin1(sortKey(owner, this.#apex))}`);
  }

  link(): void {
    const { index } = this.#parts;
    for (const { head, item, node, isNew } of this.#items.values()) {
      index.setNode(item, node);
      if (isNew) index.link(head, item);
    }
  }

  /** Hands the older NSEC3 nodes to the reclaimer; those of names go with the names. */
  retire(): void {
    for (const place of this.#items.values()) {
      if (place.isNsec3) this.#parts.reclaimer.retireOlder(this.#zone, place.node << 1, place);
    }
  }

  /** Frees what was planned and not linked. */
  giveUp(): void {
    const { words, allocator, index } = this.#parts;
    for (const { item, node, isNew, isNsec3 } of this.#items.values()) {
      if (isNsec3) allocator.free(node, words[(node << 1) + NODE_UNITS] * UNIT_SIZE);
      if (isNew) index.free(item);
    }
  }

  #add(
    id: string,
    head: number,
    found: number,
    key: Uint8Array,
    node: number,
    isNsec3: boolean,
  ): void {
    const { index } = this.#parts;
    const planned = { head, item: found, node, isNew: found === 0, isNsec3 };
    if (found === 0) {
      try {
        planned.item = index.makeItem(key) << 1;
      } catch (error) {
        if (isNsec3) {
          const { words, allocator } = this.#parts;
          allocator.free(node, words[(node << 1) + NODE_UNITS] * UNIT_SIZE);
        }
        throw error;
      }
    }
    this.#items.set(id, planned);
  }

  /** An index without items says that a zone is not signed that way; an empty one does no harm. */
  #head(index: number): number {
    const { words } = this.#parts;
    if (words[this.#zone + index] === 0) {
      Atomics.store(words, this.#zone + index, this.#parts.index.makeHead());
    }
    return words[this.#zone + index] << 1;
  }
}
