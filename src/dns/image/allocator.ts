/**
 * Hands out blocks of the arena and takes them back, control thread only. A block is a whole number
 * of units in a size class: exact up to 128 units, then four classes per doubling. Freed blocks
 * wait in a list per class, linked through their first word; a larger one is split before the arena
 * is called full. Who frees a block has made sure that no reader can still see it (reclaimer.ts).
 */
import type { Arena } from './arena.ts';
import { ImageError } from './image-error.ts';
import { ARENA_HEADER_UNITS, UNIT_SIZE, WINDOW_UNIT_SHIFT } from './layout.ts';

/** Blocks up to this many units have a class of exactly their size. */
const EXACT_UNITS_MAX = 128;
const CLASS_COUNT = EXACT_UNITS_MAX + 1 + 4 * 24;
const WINDOW_UNITS = 2 ** WINDOW_UNIT_SHIFT;

export interface AllocatorState {
  usedBytes: number;
  touchedBytes: number;
  /** First unit of each class's free blocks. */
  free: number[];
}

export class Allocator {
  /** Octets in blocks that are handed out. */
  usedBytes = 0;
  readonly #words: Int32Array;
  readonly #unitsMax: number;
  readonly #heads = new Int32Array(CLASS_COUNT);
  #top = ARENA_HEADER_UNITS;

  /** @param state of the arena's last allocator, when it comes from a snapshot */
  constructor(arena: Arena, state?: AllocatorState) {
    this.#words = arena.words;
    this.#unitsMax = Math.floor(arena.sizeBytes / UNIT_SIZE);
    if (state === undefined) return;
    this.usedBytes = state.usedBytes;
    this.#top = state.touchedBytes / UNIT_SIZE;
    this.#heads.set(state.free);
  }

  /** What a later allocator over the same octets needs. */
  state(): AllocatorState {
    const { usedBytes, touchedBytes } = this;
    return { usedBytes, touchedBytes, free: [...this.#heads] };
  }

  /** Octets of the arena that were ever touched. */
  get touchedBytes(): number {
    return this.#top * UNIT_SIZE;
  }

  /**
   * @returns the first unit of a block of at least `sizeBytes`; its content is whatever was there
   * @throws ImageError IMAGE_FULL
   */
  allocate(sizeBytes: number): number {
    const sizeClass = classOf(Math.ceil(sizeBytes / UNIT_SIZE));
    const units = unitsOf(sizeClass);
    const found = this.#takeFree(sizeClass) || this.#takeTop(units) || this.#split(sizeClass);
    if (found === 0) {
      throw new ImageError(
        'IMAGE_FULL',
        `no ${units * UNIT_SIZE} octets left of ${this.#unitsMax * UNIT_SIZE} for the zones in ` +
          'memory: serve fewer zones or give the image more memory',
      );
    }
    this.usedBytes += units * UNIT_SIZE;
    return found;
  }

  /** Takes back a block that `allocate` gave for this size. */
  free(unit: number, sizeBytes: number): void {
    const sizeClass = classOf(Math.ceil(sizeBytes / UNIT_SIZE));
    this.usedBytes -= unitsOf(sizeClass) * UNIT_SIZE;
    this.#give(unit, sizeClass);
  }

  #give(unit: number, sizeClass: number): void {
    this.#words[unit << 1] = this.#heads[sizeClass];
    this.#heads[sizeClass] = unit;
  }

  #takeFree(sizeClass: number): number {
    const unit = this.#heads[sizeClass];
    if (unit !== 0) this.#heads[sizeClass] = this.#words[unit << 1];
    return unit;
  }

  #takeTop(units: number): number {
    const windowEnd = (Math.floor(this.#top / WINDOW_UNITS) + 1) * WINDOW_UNITS;
    if (this.#top + units > windowEnd) {
      if (windowEnd + units > this.#unitsMax) return 0;
      this.#giveRemainder(this.#top, windowEnd - this.#top);
      this.#top = windowEnd;
    }
    if (this.#top + units > this.#unitsMax) return 0;
    const unit = this.#top;
    this.#top += units;
    return unit;
  }

  #split(sizeClass: number): number {
    const units = unitsOf(sizeClass);
    for (let larger = sizeClass + 1; larger < CLASS_COUNT; larger++) {
      const unit = this.#takeFree(larger);
      if (unit === 0) continue;
      this.#giveRemainder(unit + units, unitsOf(larger) - units);
      return unit;
    }
    return 0;
  }

  #giveRemainder(unit: number, units: number): void {
    let at = unit;
    let left = units;
    while (left > 0) {
      const asked = classOf(left);
      const sizeClass = unitsOf(asked) > left ? asked - 1 : asked;
      this.#give(at, sizeClass);
      at += unitsOf(sizeClass);
      left -= unitsOf(sizeClass);
    }
  }
}

/** The smallest class whose blocks hold `units`. */
function classOf(units: number): number {
  if (units <= EXACT_UNITS_MAX) return units;
  const doubling = 31 - Math.clz32(units - 1);
  const quarter = 2 ** (doubling - 2);
  return EXACT_UNITS_MAX + (doubling - 7) * 4 + Math.ceil(units / quarter) - 4;
}

function unitsOf(sizeClass: number): number {
  if (sizeClass <= EXACT_UNITS_MAX) return sizeClass;
  const step = sizeClass - EXACT_UNITS_MAX - 1;
  const doubling = 7 + Math.floor(step / 4);
  return 2 ** doubling + ((step % 4) + 1) * 2 ** (doubling - 2);
}
