/**
 * Open addressing tables in the arena, the writer's side: the directory of zones and each zone's
 * name table. Readers probe while the writer inserts: a slot's hash is stored before its unit, and
 * a reader compares names whatever the hash says. A table that fills is copied into a larger one;
 * the caller stores the new table's unit where readers find it and retires the old one.
 */
import type { Allocator } from './allocator.ts';
import { SLOT_DELETED, TABLE_CAPACITY, TABLE_SLOTS } from './layout.ts';
import { spreadHash } from './lookup-name.ts';

export const TABLE_CAPACITY_MIN = 4;

/** An empty table, as a unit. @param capacity a power of two @throws ImageError IMAGE_FULL */
export function makeTable(words: Int32Array, allocator: Allocator, capacity: number): number {
  const unit = allocator.allocate(tableBytes(capacity));
  const table = unit << 1;
  words.fill(0, table, table + TABLE_SLOTS + capacity * 2);
  words[table + TABLE_CAPACITY] = capacity;
  return unit;
}

export function tableBytes(capacity: number): number {
  return (TABLE_SLOTS + capacity * 2) * 4;
}

/** The capacity that holds so many names with a load of at most 5/8. */
export function capacityFor(nameCount: number): number {
  let capacity = TABLE_CAPACITY_MIN;
  while (isCrowded(nameCount, capacity)) capacity *= 2;
  return capacity;
}

/**
 * Adds a name that the table does not hold yet; there must be a slot left.
 * @returns true if that took a free slot, false if it took a deleted name's
 */
export function insertSlot(words: Int32Array, table: number, hash: number, unit: number): boolean {
  const mask = words[table + TABLE_CAPACITY] - 1;
  let index = spreadHash(hash) & mask;
  for (;;) {
    const slot = table + TABLE_SLOTS + (index << 1);
    const before = words[slot + 1];
    if (before <= SLOT_DELETED) {
      words[slot] = hash;
      Atomics.store(words, slot + 1, unit);
      return before !== SLOT_DELETED;
    }
    index = (index + 1) & mask;
  }
}

/** The slot that holds this unit, or 0. */
export function slotOfUnit(words: Int32Array, table: number, hash: number, unit: number): number {
  const mask = words[table + TABLE_CAPACITY] - 1;
  let index = spreadHash(hash) & mask;
  for (;;) {
    const slot = table + TABLE_SLOTS + (index << 1);
    if (words[slot + 1] === unit) return slot;
    if (words[slot + 1] === 0) return 0;
    index = (index + 1) & mask;
  }
}

/** True if a table of this capacity should not take this many slots. */
export function isCrowded(slotCount: number, capacity: number): boolean {
  return slotCount * 8 > capacity * 5;
}

/** How many slots lead to something, names included whose deletion is not settled yet. */
export function countSlots(words: Int32Array, table: number): number {
  const end = table + TABLE_SLOTS + words[table + TABLE_CAPACITY] * 2;
  let count = 0;
  for (let slot = table + TABLE_SLOTS; slot < end; slot += 2) {
    if (words[slot + 1] > SLOT_DELETED) count += 1;
  }
  return count;
}

/** Copies what is left in a table into another one that nobody reads yet; gives how many slots. */
export function copyTable(words: Int32Array, from: number, to: number): number {
  let count = 0;
  const mask = words[to + TABLE_CAPACITY] - 1;
  const end = from + TABLE_SLOTS + words[from + TABLE_CAPACITY] * 2;
  for (let slot = from + TABLE_SLOTS; slot < end; slot += 2) {
    const unit = words[slot + 1];
    if (unit <= SLOT_DELETED) continue;
    const hash = words[slot];
    let index = spreadHash(hash) & mask;
    while (words[to + TABLE_SLOTS + (index << 1) + 1] !== 0) index = (index + 1) & mask;
    words[to + TABLE_SLOTS + (index << 1)] = hash;
    words[to + TABLE_SLOTS + (index << 1) + 1] = unit;
    count += 1;
  }
  return count;
}
