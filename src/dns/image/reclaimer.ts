/**
 * Gives memory back once no reader can see it. A reader shows in its slot the epoch in which its
 * batch began; whatever was unlinked in an epoch may go when every busy reader began in a later
 * one. Work is done in slices, so that taking down a zone of millions of names never stalls the
 * writer.
 *
 *     unlinked in epoch e ──(every reader idle or > e)──> settled or freed
 *     a deleted name: settled first (taken out of its table), its last block freed an epoch later
 *
 * A change that is prepared leads to nodes of its zone and to where they are linked: until it
 * is published or abandoned the zone is held, and what would be settled of it waits.
 */
import { assert } from '#base/assert.ts';
import type { Clock } from '#base/clock.ts';
import { BlockFreer } from './block-freer.ts';
import {
  ARENA_EPOCH,
  ARENA_READERS,
  ITEM_NODE,
  NODE_FROM,
  NODE_HASH,
  NODE_INFO,
  NODE_NSEC,
  NODE_OLDER,
  NODE_PRESENT,
  READER_COUNT_MAX,
  READER_IDLE,
  READER_STRIDE,
  SLOT_DELETED,
  ZONE_TABLE,
} from './layout.ts';
import { slotOfUnit } from './name-table.ts';
import type { OrderIndexWriter } from './order-index.ts';
import { ZoneTeardown } from './zone-teardown.ts';

/** A node that was linked. Node and zone by word. */
interface LinkedNode {
  node: number;
  zone: number;
  indexed: IndexedNode | undefined;
}

/** What waits for readers to pass. Zones, nodes and items by word, blocks by unit. */
type Retired = { epoch: number } & (
  | { kind: 'block'; unit: number; sizeBytes: number }
  | ({ kind: 'node' } & LinkedNode)
  | { kind: 'item'; item: number }
  | { kind: 'zone'; zone: number }
);

/** Where a node stands in one of its zone's ordered indexes. */
export interface IndexedNode {
  head: number;
  item: number;
  /** In the NSEC3 index only, and not in the name table. */
  isNsec3: boolean;
}

export class Reclaimer {
  readonly #words: Int32Array;
  readonly #blocks: BlockFreer;
  readonly #index: OrderIndexWriter;
  readonly #clock: Clock;
  /** Oldest first; in order, because a name's changes must be settled in order. */
  #retired: Retired[] = [];
  #first = 0;
  /** Zones that are held, by word, each with what no reader needs and still waits, in order. */
  readonly #held = new Map<number, LinkedNode[]>();
  #teardown: ZoneTeardown | undefined;

  constructor(words: Int32Array, blocks: BlockFreer, index: OrderIndexWriter, clock: Clock) {
    this.#words = words;
    this.#blocks = blocks;
    this.#index = index;
    this.#clock = clock;
  }

  /** How many things wait. */
  get pending(): number {
    let held = 0;
    for (const nodes of this.#held.values()) held += nodes.length;
    return this.#retired.length - this.#first + held + (this.#teardown === undefined ? 0 : 1);
  }

  retireBlock(unit: number, sizeBytes: number): void {
    this.#retired.push({ epoch: this.#epoch(), kind: 'block', unit, sizeBytes });
  }

  /** A node that was just linked: what is older than it goes, and it itself if it is a deletion. */
  retireOlder(zone: number, node: number, indexed: IndexedNode | undefined): void {
    this.#retired.push({ epoch: this.#epoch(), kind: 'node', node, zone, indexed });
  }

  /** A zone that was unlinked from the directory, with all that it holds. */
  retireZone(zone: number): void {
    this.#retired.push({ epoch: this.#epoch(), kind: 'zone', zone });
  }

  /** A change of the zone is prepared: none of its names is settled until `release`. */
  hold(zone: number): void {
    assert(!this.#held.has(zone), 'of a zone one change is prepared at a time');
    this.#held.set(zone, []);
  }

  /** The change is published or abandoned: what waited for it is settled. */
  release(zone: number): void {
    const nodes = this.#held.get(zone) ?? [];
    this.#held.delete(zone);
    for (const { node, indexed } of nodes) this.#settle(zone, node, indexed);
  }

  /** Ends the epoch: called after what was retired in it has been unlinked. */
  advance(): void {
    const next = (this.#epoch() + 1) | 0;
    Atomics.store(this.#words, ARENA_EPOCH, next === READER_IDLE ? 1 : next);
  }

  /** Works for about `budgetMs`. @returns false when nothing is left that could be done now */
  reclaim(budgetMs: number): boolean {
    const endUs = this.#clock.monotonicUs() + budgetMs * 1000;
    let oldest = this.#oldestReader();
    do {
      if (this.#teardown !== undefined) {
        if (this.#teardown.step()) this.#teardown = undefined;
        continue;
      }
      if (this.#reclaimOne(oldest)) continue;
      // Settling retires more, in later epochs; readers may have moved on too.
      const before = oldest;
      oldest = this.#oldestReader();
      if (oldest === before) return false;
    } while (this.#clock.monotonicUs() < endUs);
    return this.pending > 0;
  }

  #epoch(): number {
    return this.#words[ARENA_EPOCH];
  }

  /** The epoch in which the longest running batch began; the present one when all are idle. */
  #oldestReader(): number {
    let oldest = this.#epoch();
    for (let reader = 0; reader < READER_COUNT_MAX; reader++) {
      const began = Atomics.load(this.#words, ARENA_READERS + reader * READER_STRIDE);
      if (began !== READER_IDLE && ((began - oldest) | 0) < 0) oldest = began;
    }
    return oldest;
  }

  #reclaimOne(oldest: number): boolean {
    const retired = this.#retired[this.#first];
    if (retired === undefined || ((oldest - retired.epoch) | 0) <= 0) return false;
    this.#first += 1;
    if (this.#first > 1024 && this.#first * 2 > this.#retired.length) {
      this.#retired = this.#retired.slice(this.#first);
      this.#first = 0;
    }
    if (retired.kind === 'block') this.#blocks.free(retired.unit, retired.sizeBytes);
    else if (retired.kind === 'item') this.#index.free(retired.item);
    else if (retired.kind === 'zone') this.#teardown = new ZoneTeardown(this.#blocks, retired.zone);
    else {
      const held = this.#held.get(retired.zone);
      if (held === undefined) this.#settle(retired.zone, retired.node, retired.indexed);
      else held.push(retired);
    }
    return true;
  }

  /** No reader is before this node's version any more. */
  #settle(zone: number, node: number, indexed: IndexedNode | undefined): void {
    const words = this.#words;
    this.#blocks.freeChain(words[node + NODE_OLDER]);
    words[node + NODE_OLDER] = 0;
    words[node + NODE_FROM] = 0;
    const isPresent = (words[node + NODE_INFO] & NODE_PRESENT) !== 0;
    if (indexed !== undefined) this.#settleItem(node, isPresent, indexed);
    if (isPresent) return;
    if (indexed?.isNsec3 === true) {
      if (words[indexed.item + ITEM_NODE] === node >>> 1) this.#retireNode(node);
      return;
    }
    const table = words[zone + ZONE_TABLE] << 1;
    const slot = slotOfUnit(words, table, words[node + NODE_HASH], node >>> 1);
    if (slot === 0) return;
    Atomics.store(words, slot + 1, SLOT_DELETED);
    this.#retireNode(node);
    this.advance();
  }

  #settleItem(node: number, isPresent: boolean, indexed: IndexedNode): void {
    const words = this.#words;
    if (words[indexed.item + ITEM_NODE] !== node >>> 1) return;
    const stays = isPresent && (indexed.isNsec3 || (words[node + NODE_INFO] & NODE_NSEC) !== 0);
    if (stays) return;
    this.#index.unlink(indexed.head, indexed.item);
    this.#retired.push({ epoch: this.#epoch(), kind: 'item', item: indexed.item });
    this.advance();
  }

  #retireNode(node: number): void {
    this.retireBlock(node >>> 1, this.#blocks.nodeBytes(node));
  }
}
