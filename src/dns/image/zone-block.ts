/** A zone's block and its name table, the writer's side; and what the parts of the writer share. */
import type { Name } from '#dns/wire/name.ts';
import type { Allocator } from './allocator.ts';
import { zoneBytes } from './block-freer.ts';
import type { ImageLookup } from './image-lookup.ts';
import {
  NODE_PRESENT,
  TABLE_CAPACITY,
  WINDOW_WORD_MASK,
  WINDOW_WORD_SHIFT,
  ZONE_APEX,
  ZONE_EXPIRES_AT,
  ZONE_FLAGS,
  ZONE_HASH,
  ZONE_NAME,
  ZONE_NAME_COUNT,
  ZONE_NAME_INFO,
  ZONE_NSEC_INDEX,
  ZONE_NSEC3_INDEX,
  ZONE_RECORD_COUNT,
  ZONE_SLOT_COUNT,
  ZONE_TABLE,
  ZONE_VERSION,
} from './layout.ts';
import type { LookupName } from './lookup-name.ts';
import {
  capacityFor,
  copyTable,
  countSlots,
  insertSlot,
  isCrowded,
  makeTable,
  TABLE_CAPACITY_MIN,
  tableBytes,
} from './name-table.ts';
import type { NodeDraft } from './node-draft.ts';
import type { OrderIndexWriter } from './order-index.ts';
import type { Reclaimer } from './reclaimer.ts';

/** Built once by the image writer; only one change is under way at a time, so all share them. */
export interface WriterParts {
  words: Int32Array;
  lookup: ImageLookup;
  allocator: Allocator;
  reclaimer: Reclaimer;
  index: OrderIndexWriter;
  draft: NodeDraft;
  name: LookupName;
}

/**
 * A zone that no reader can find yet, with an apex that owns nothing; its word.
 * @param apex lower case @throws ImageError IMAGE_FULL
 */
export function makeZone(parts: WriterParts, apex: Name): number {
  const { words, lookup, allocator, draft, name } = parts;
  name.readName(apex);
  name.hash(lookup.hashSeed);
  const sizeBytes = zoneBytes(apex.length);
  const unit = allocator.allocate(sizeBytes);
  const zone = unit << 1;
  let table = 0;
  try {
    table = makeTable(words, allocator, TABLE_CAPACITY_MIN);
    draft.begin(apex, apex);
    words[zone + ZONE_APEX] = draft.write(lookup, allocator, {
      hash: name.hashes[0],
      from: 0,
      older: 0,
      children: 0,
      flags: NODE_PRESENT,
    });
  } catch (error) {
    if (table !== 0) allocator.free(table, tableBytes(TABLE_CAPACITY_MIN));
    allocator.free(unit, sizeBytes);
    throw error;
  }
  words[zone + ZONE_VERSION] = 1;
  words[zone + ZONE_TABLE] = table;
  words[zone + ZONE_NAME_INFO] = apex.length | (name.labels << 8);
  words[zone + ZONE_HASH] = name.hashes[0];
  words[zone + ZONE_NSEC_INDEX] = 0;
  words[zone + ZONE_NSEC3_INDEX] = 0;
  words[zone + ZONE_NAME_COUNT] = 1;
  words[zone + ZONE_RECORD_COUNT] = 0;
  words[zone + ZONE_SLOT_COUNT] = 0;
  words[zone + ZONE_FLAGS] = 0;
  words[zone + ZONE_EXPIRES_AT] = 0;
  const window = lookup.windows[zone >>> WINDOW_WORD_SHIFT];
  window.set(apex, ((zone & WINDOW_WORD_MASK) + ZONE_NAME) << 2);
  return zone;
}

/** The zone's apex in lower case, fresh memory. */
export function zoneApex(lookup: ImageLookup, zone: number): Name {
  const at = ((zone & WINDOW_WORD_MASK) + ZONE_NAME) << 2;
  const size = lookup.words[zone + ZONE_NAME_INFO] & 0xff;
  return lookup.windows[zone >>> WINDOW_WORD_SHIFT].slice(at, at + size);
}

/** Labels of the zone's apex. */
export function zoneLabels(words: Int32Array, zone: number): number {
  return words[zone + ZONE_NAME_INFO] >>> 8;
}

/**
 * Makes room for more names in the zone's table, in a larger one if need be.
 * @param isServed readers may be in the old table
 * @throws ImageError IMAGE_FULL
 */
export function reserveSlots(
  parts: WriterParts,
  zone: number,
  extra: number,
  isServed: boolean,
): void {
  const { words, allocator, reclaimer } = parts;
  const table = words[zone + ZONE_TABLE] << 1;
  const capacity = words[table + TABLE_CAPACITY];
  if (!isCrowded(words[zone + ZONE_SLOT_COUNT] + extra, capacity)) return;
  const live = countSlots(words, table);
  const larger = makeTable(words, allocator, capacityFor(live + extra + (live >> 2)));
  words[zone + ZONE_SLOT_COUNT] = copyTable(words, table, larger << 1);
  Atomics.store(words, zone + ZONE_TABLE, larger);
  if (!isServed) {
    allocator.free(table >>> 1, tableBytes(capacity));
    return;
  }
  reclaimer.retireBlock(table >>> 1, tableBytes(capacity));
  reclaimer.advance();
}

/** Links a name that the zone's table does not hold; `reserveSlots` has made room. */
export function addName(parts: WriterParts, zone: number, hash: number, nodeUnit: number): void {
  const { words } = parts;
  const isFresh = insertSlot(words, words[zone + ZONE_TABLE] << 1, hash, nodeUnit);
  if (isFresh) words[zone + ZONE_SLOT_COUNT] += 1;
}

/** The unit of a name's newest node, 0 if the zone never had it. */
export function newestNode(
  parts: WriterParts,
  zone: number,
  name: LookupName,
  label: number,
): number {
  const { words, lookup } = parts;
  const apexLabel = name.labels - zoneLabels(words, zone);
  if (label === apexLabel) return words[zone + ZONE_APEX];
  const slot = lookup.findSlot(words[zone + ZONE_TABLE] << 1, name, label, apexLabel);
  return slot === 0 ? 0 : words[slot + 1];
}
