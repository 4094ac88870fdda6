/** Frees blocks of which only the address is known: the block itself says how large it is. */
import type { Allocator } from './allocator.ts';
import {
  ITEM_INFO,
  NODE_OLDER,
  NODE_UNITS,
  TABLE_CAPACITY,
  UNIT_SIZE,
  ZONE_NAME,
  ZONE_NAME_INFO,
} from './layout.ts';
import { tableBytes } from './name-table.ts';
import { itemBytes } from './order-index.ts';

export class BlockFreer {
  readonly words: Int32Array;
  readonly #allocator: Allocator;

  constructor(words: Int32Array, allocator: Allocator) {
    this.words = words;
    this.#allocator = allocator;
  }

  free(unit: number, sizeBytes: number): void {
    this.#allocator.free(unit, sizeBytes);
  }

  nodeBytes(node: number): number {
    return this.words[node + NODE_UNITS] * UNIT_SIZE;
  }

  /** Frees a node and all that are older. Takes a unit, 0 for nothing. */
  freeChain(newestUnit: number): void {
    let unit = newestUnit;
    while (unit !== 0) {
      const older = this.words[(unit << 1) + NODE_OLDER];
      this.free(unit, this.nodeBytes(unit << 1));
      unit = older;
    }
  }

  freeTable(unit: number): void {
    this.free(unit, tableBytes(this.words[(unit << 1) + TABLE_CAPACITY]));
  }

  freeItem(item: number): void {
    const info = this.words[item + ITEM_INFO];
    this.free(item >>> 1, itemBytes(info >>> 16, info & 0xffff));
  }

  freeZone(zone: number): void {
    this.free(zone >>> 1, zoneBytes(this.words[zone + ZONE_NAME_INFO] & 0xff));
  }
}

/** Octets of a zone block, nodes and tables not counted. */
export function zoneBytes(apexSize: number): number {
  return ZONE_NAME * 4 + apexSize;
}
