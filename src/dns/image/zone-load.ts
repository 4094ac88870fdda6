/**
 * Building a zone as a whole, beside the one that is being served: nobody can see it before
 * `publish` stores it into the directory, so nodes are replaced at once and need no versions.
 * RRsets of one owner that come in a row are written in one go; owners may come in any order.
 */
import { assert } from '#base/assert.ts';
import {
  equalNames,
  formatName,
  isAtOrBelow,
  lowerName,
  lowerOctet,
  type Name,
  sortKey,
} from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import type { PackedNode } from '#dns/zone/packed-node.ts';
import type { Rrset } from '#dns/zone/rrset.ts';
import { ImageError } from './image-error.ts';
import { coversNsec3, nsec3Key } from './index-key.ts';
import {
  ITEM_NODE,
  NODE_CHILDREN,
  NODE_INFO,
  NODE_NSEC,
  NODE_PRESENT,
  NODE_UNITS,
  NODE_WILDCARD_CHILD,
  UNIT_SIZE,
  ZONE_APEX,
  ZONE_FLAGS,
  ZONE_HIDDEN,
  ZONE_NAME_COUNT,
  ZONE_NSEC_INDEX,
  ZONE_NSEC3_INDEX,
  ZONE_RECORD_COUNT,
  ZONE_TABLE,
  ZONE_UNAVAILABLE,
} from './layout.ts';
import { slotOfUnit } from './name-table.ts';
import {
  addName,
  makeZone,
  newestNode,
  reserveSlots,
  type WriterParts,
  zoneLabels,
} from './zone-block.ts';

/** Where the loaded zone is entered; `publish` takes its word and cannot fail after `reserve`. */
export interface ZoneDirectory {
  reserve: () => void;
  /** Gives back what `reserve` took, when it is used or given up. */
  release: () => void;
  publish: (zone: number) => void;
}

export class ZoneLoad {
  readonly apex: Name;
  readonly #parts: WriterParts;
  readonly #directory: ZoneDirectory;
  readonly #zone: number;
  #state: 'open' | 'finished' | 'closed' = 'open';
  #owner: Name | undefined;
  #rrsets: Rrset[] = [];
  #hasSoa = false;
  /** Memory for owners of each size. */
  readonly #owners: Name[] = [];

  /** Made by `ImageWriter.loadZone`. @throws ImageError IMAGE_FULL */
  constructor(parts: WriterParts, apex: Name, directory: ZoneDirectory) {
    this.apex = lowerName(apex);
    this.#parts = parts;
    this.#directory = directory;
    this.#zone = makeZone(parts, this.apex);
  }

  /**
   * Adds an RRset; it must come whole. After an error only `abandon` is left.
   * @throws ImageError IMAGE_FULL, IMAGE_TOO_LARGE, IMAGE_ZONE_INVALID
   */
  add(rrset: Rrset): void {
    assert(this.#state === 'open', 'the zone load is open');
    if (this.#owner === undefined || !equalNames(this.#owner, rrset.owner)) {
      this.#flush();
      this.#owner = this.#ownerInZone(rrset.owner);
    }
    this.#rrsets.push(rrset);
  }

  /**
   * Adds all RRsets of one owner, ordered; nothing of it is kept. Many times faster than `add`,
   * because no object is made for a record.
   * @throws ImageError IMAGE_FULL, IMAGE_TOO_LARGE, IMAGE_ZONE_INVALID; as `add`
   */
  addPacked(node: PackedNode): void {
    assert(this.#state === 'open', 'the zone load is open');
    this.#flush();
    if (node.count === 0) return;
    const owner = this.#lowerOwner(node.owner);
    const { draft } = this.#parts;
    draft.begin(owner, this.apex);
    draft.addPacked(node, false);
    if (draft.has(TYPE.SOA)) this.#hasSoa ||= owner.length === this.apex.length;
    if (!draft.isEmpty) this.#writeNode(owner);
    draft.begin(owner, this.apex);
    draft.addPacked(node, true);
    if (!draft.isEmpty) this.#writeNsec3(owner);
  }

  /**
   * Makes room for so many names, which spares the name table from growing step by step.
   * @throws ImageError IMAGE_FULL
   */
  reserveNames(count: number): void {
    reserveSlots(this.#parts, this.#zone, count, false);
  }

  /** As `#ownerInZone`, in memory that the next node's owner may take. */
  #lowerOwner(owner: Name): Name {
    if (!isAtOrBelow(owner, this.apex)) return this.#ownerInZone(owner);
    const lower = (this.#owners[owner.length] ??= new Uint8Array(owner.length));
    for (let at = 0; at < lower.length; at++) lower[at] = lowerOctet(owner[at]);
    return lower;
  }

  /** In lower case. */
  #ownerInZone(owner: Name): Name {
    if (isAtOrBelow(owner, this.apex)) return lowerName(owner);
    throw new ImageError(
      'IMAGE_ZONE_INVALID',
      `${formatName(owner)} is not in zone ${formatName(this.apex)}: remove it`,
    );
  }

  /** The zone has no content yet: nothing is added, and it is answered SERVFAIL. */
  leaveEmpty(): void {
    assert(this.#state === 'open' && !this.#hasSoa, 'a zone without content has no SOA');
    this.#parts.words[this.#zone + ZONE_FLAGS] |= ZONE_UNAVAILABLE;
    // Nothing is asked of it that an SOA would be needed for.
    this.#hasSoa = true;
  }

  /** Only the zone's SOA is answered, the rest refused. */
  hide(): void {
    assert(this.#state === 'open', 'the zone load is open');
    this.#parts.words[this.#zone + ZONE_FLAGS] |= ZONE_HIDDEN;
  }

  /**
   * Says that all RRsets were added; only `publish` or `abandon` may follow.
   * @throws ImageError IMAGE_FULL, IMAGE_TOO_LARGE, IMAGE_ZONE_INVALID
   */
  finish(): void {
    assert(this.#state === 'open', 'the zone load is open');
    this.#flush();
    if (!this.#hasSoa) {
      throw new ImageError(
        'IMAGE_ZONE_INVALID',
        `zone ${formatName(this.apex)} has no SOA record: add one`,
      );
    }
    this.#directory.reserve();
    this.#state = 'finished';
  }

  /**
   * Serves the zone in place of the one there was, in one step. Cannot fail for what the zone is
   * once `finish` has been called; without it, that is done first and may.
   */
  publish(): void {
    if (this.#state === 'open') this.finish();
    assert(this.#state === 'finished', 'the zone load is finished');
    this.#directory.release();
    this.#directory.publish(this.#zone);
    this.#state = 'closed';
  }

  /** Gives up what was added. Does nothing after `publish`, so it may stand in a `finally`. */
  abandon(): void {
    if (this.#state === 'closed') return;
    if (this.#state === 'finished') this.#directory.release();
    this.#state = 'closed';
    this.#parts.reclaimer.retireZone(this.#zone);
    this.#parts.reclaimer.advance();
  }

  /** Writes the RRsets of the owner that is complete. */
  #flush(): void {
    const owner = this.#owner;
    if (owner === undefined) return;
    const rrsets = this.#rrsets;
    this.#owner = undefined;
    this.#rrsets = [];
    const { draft } = this.#parts;
    draft.begin(owner, this.apex);
    let isNsec3 = false;
    for (const rrset of rrsets) {
      if (rrset.type === TYPE.NSEC3) isNsec3 = true;
      else draft.set(rrset, (covered) => covered !== TYPE.NSEC3);
      if (rrset.type === TYPE.RRSIG) isNsec3 ||= coversNsec3(rrset);
      if (rrset.type === TYPE.SOA) this.#hasSoa ||= owner.length === this.apex.length;
    }
    if (!draft.isEmpty) this.#writeNode(owner);
    if (!isNsec3) return;
    draft.begin(owner, this.apex);
    for (const rrset of rrsets) {
      if (rrset.type === TYPE.NSEC3) draft.set(rrset);
      else if (rrset.type === TYPE.RRSIG) draft.set(rrset, (covered) => covered === TYPE.NSEC3);
    }
    this.#writeNsec3(owner);
  }

  #writeNode(owner: Name): void {
    const parts = this.#parts;
    const { words, lookup, allocator, draft, name } = parts;
    const zone = this.#zone;
    name.readName(owner);
    name.hash(lookup.hashSeed);
    const hash = name.hashes[0];
    const before = newestNode(parts, zone, name, 0);
    const added = draft.recordCount;
    let children = 0;
    let flags = NODE_PRESENT;
    if (before !== 0) {
      draft.loadNode(lookup, before << 1);
      children = words[(before << 1) + NODE_CHILDREN];
      flags |= words[(before << 1) + NODE_INFO] & NODE_WILDCARD_CHILD;
    } else reserveSlots(parts, zone, 1, false);
    const unit = draft.write(lookup, allocator, { hash, from: 0, older: 0, children, flags });
    words[zone + ZONE_RECORD_COUNT] += added;
    if (before === 0) {
      addName(parts, zone, hash, unit);
      words[zone + ZONE_NAME_COUNT] += 1;
      this.#addToParent(0);
    } else this.#replace(hash, before, unit);
    if ((words[(unit << 1) + NODE_INFO] & NODE_NSEC) !== 0) this.#indexNsec(owner, unit);
  }

  #replace(hash: number, before: number, unit: number): void {
    const { words, allocator } = this.#parts;
    if (words[this.#zone + ZONE_APEX] === before) words[this.#zone + ZONE_APEX] = unit;
    else words[slotOfUnit(words, words[this.#zone + ZONE_TABLE] << 1, hash, before) + 1] = unit;
    allocator.free(before, words[(before << 1) + NODE_UNITS] * UNIT_SIZE);
  }

  /** Tells the parent of a new name, making empty non-terminals up to one that exists. */
  #addToParent(childLabel: number): void {
    const parts = this.#parts;
    const { words, lookup, allocator, draft, name } = parts;
    const zone = this.#zone;
    const apexLabel = name.labels - zoneLabels(words, zone);
    let flag = isStar(name.octets, name.labelAt[childLabel]) ? NODE_WILDCARD_CHILD : 0;
    for (let label = childLabel + 1; label <= apexLabel; label++) {
      const parent = newestNode(parts, zone, name, label);
      if (parent !== 0) {
        words[(parent << 1) + NODE_CHILDREN] += 1;
        words[(parent << 1) + NODE_INFO] |= flag;
        return;
      }
      reserveSlots(parts, zone, 1, false);
      const at = name.labelAt[label];
      draft.begin(name.octets.slice(at, name.size), this.apex);
      const hash = name.hashes[label];
      const flags = NODE_PRESENT | flag;
      const unit = draft.write(lookup, allocator, { hash, from: 0, older: 0, children: 1, flags });
      addName(parts, zone, hash, unit);
      words[zone + ZONE_NAME_COUNT] += 1;
      flag = isStar(name.octets, at) ? NODE_WILDCARD_CHILD : 0;
    }
  }

  #indexNsec(owner: Name, unit: number): void {
    const { words, index } = this.#parts;
    const head = this.#head(ZONE_NSEC_INDEX);
    const key = sortKey(owner, this.apex);
    const item = index.find(head, key) || this.#newItem(head, key);
    words[item + ITEM_NODE] = unit;
  }

  /** Writes the draft, which holds what belongs to the NSEC3 chain. */
  #writeNsec3(owner: Name): void {
    const { words, lookup, allocator, draft, index } = this.#parts;
    const key = nsec3Key(owner);
    const head = this.#head(ZONE_NSEC3_INDEX);
    const added = draft.recordCount;
    const item = index.find(head, key) || this.#newItem(head, key);
    const before = words[item + ITEM_NODE];
    if (before !== 0) draft.loadNode(lookup, before << 1);
    const node = { hash: 0, from: 0, older: 0, children: 0, flags: NODE_PRESENT };
    words[item + ITEM_NODE] = draft.write(lookup, allocator, node);
    if (before !== 0) allocator.free(before, words[(before << 1) + NODE_UNITS] * UNIT_SIZE);
    words[this.#zone + ZONE_RECORD_COUNT] += added;
  }

  #newItem(head: number, key: Uint8Array): number {
    const { index } = this.#parts;
    const item = index.makeItem(key) << 1;
    index.link(head, item);
    return item;
  }

  /** The head of one of the two indexes, as a word. */
  #head(index: number): number {
    const { words } = this.#parts;
    if (words[this.#zone + index] === 0) words[this.#zone + index] = this.#parts.index.makeHead();
    return words[this.#zone + index] << 1;
  }
}

function isStar(octets: Uint8Array, at: number): boolean {
  return octets[at] === 1 && octets[at + 1] === 0x2a;
}
