/** Frees all that a zone holds, a slice at a time: nodes, indexes, name table, the zone itself. */
import type { BlockFreer } from './block-freer.ts';
import {
  ITEM_NEXT,
  ITEM_NODE,
  SLOT_DELETED,
  TABLE_CAPACITY,
  TABLE_SLOTS,
  ZONE_APEX,
  ZONE_NSEC_INDEX,
  ZONE_NSEC3_INDEX,
  ZONE_TABLE,
} from './layout.ts';

/** Slots or items per step: well under a millisecond. */
const STEP_COUNT = 1024;

export class ZoneTeardown {
  readonly #blocks: BlockFreer;
  readonly #zone: number;
  #slot: number;
  #slotsEnd: number;
  #item: number;
  #itemsAreNsec3 = false;

  /** @param zone its word; no reader can reach it any more */
  constructor(blocks: BlockFreer, zone: number) {
    this.#blocks = blocks;
    this.#zone = zone;
    const { words } = blocks;
    const table = words[zone + ZONE_TABLE] << 1;
    this.#slot = table + TABLE_SLOTS;
    this.#slotsEnd = this.#slot + words[table + TABLE_CAPACITY] * 2;
    this.#item = words[zone + ZONE_NSEC_INDEX];
  }

  /** Does one slice. @returns true when the zone is gone */
  step(): boolean {
    const { words } = this.#blocks;
    for (let count = 0; count < STEP_COUNT; count++) {
      if (this.#slot < this.#slotsEnd) {
        const unit = words[this.#slot + 1];
        if (unit > SLOT_DELETED) this.#blocks.freeChain(unit);
        this.#slot += 2;
      } else if (this.#item !== 0) this.#freeItem(this.#item << 1);
      else if (!this.#itemsAreNsec3) {
        this.#itemsAreNsec3 = true;
        this.#item = words[this.#zone + ZONE_NSEC3_INDEX];
      } else {
        this.#freeRest();
        return true;
      }
    }
    return false;
  }

  #freeItem(item: number): void {
    const { words } = this.#blocks;
    this.#item = words[item + ITEM_NEXT];
    if (this.#itemsAreNsec3) this.#blocks.freeChain(words[item + ITEM_NODE]);
    this.#blocks.freeItem(item);
  }

  #freeRest(): void {
    const { words } = this.#blocks;
    this.#blocks.freeChain(words[this.#zone + ZONE_APEX]);
    this.#blocks.freeTable(words[this.#zone + ZONE_TABLE]);
    this.#blocks.freeZone(this.#zone);
  }
}
