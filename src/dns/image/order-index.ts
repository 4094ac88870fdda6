/**
 * The ordered index of a signed zone: a skip list in the arena, in canonical order of names for
 * NSEC and in order of hashes for NSEC3. Readers walk it while the writer inserts; nothing that
 * they hold moves. An item leads to the newest node of its name; whether that name is in a reader's
 * version is the node's business, so a reader goes back along `previous` until it finds one that
 * is.
 */
import type { Random } from '#base/random.ts';
import type { Allocator } from './allocator.ts';
import type { ImageLookup } from './image-lookup.ts';
import {
  ITEM_HEIGHT_MAX,
  ITEM_INFO,
  ITEM_NEXT,
  ITEM_NODE,
  ITEM_PREVIOUS,
  WINDOW_WORD_MASK,
  WINDOW_WORD_SHIFT,
} from './layout.ts';

/** Octets of an item block. */
export function itemBytes(height: number, keySize: number): number {
  return (ITEM_NEXT + height) * 4 + keySize;
}

/** Order of an item's key against another: negative, zero or positive; a prefix is before. */
function compareItem(lookup: ImageLookup, item: number, key: Uint8Array, keySize: number): number {
  const info = lookup.words[item + ITEM_INFO];
  const size = info & 0xffff;
  const window = lookup.windows[item >>> WINDOW_WORD_SHIFT];
  const at = ((item & WINDOW_WORD_MASK) + ITEM_NEXT + (info >>> 16)) << 2;
  const shared = size < keySize ? size : keySize;
  for (let step = 0; step < shared; step++) {
    const order = window[at + step] - key[step];
    if (order !== 0) return order;
  }
  return size - keySize;
}

/**
 * The last item whose key is not after this one, as a word; the head when there is none.
 * O(log n) expected.
 */
export function findAtOrBefore(
  lookup: ImageLookup,
  head: number,
  key: Uint8Array,
  keySize: number,
): number {
  const { words } = lookup;
  let item = head;
  for (let level = ITEM_HEIGHT_MAX - 1; level >= 0; level--) {
    for (;;) {
      const next = words[item + ITEM_NEXT + level] << 1;
      if (next === 0 || compareItem(lookup, next, key, keySize) > 0) break;
      item = next;
    }
  }
  return item;
}

/** The last item of the list, or its head when it is empty. */
export function findLast(lookup: ImageLookup, head: number): number {
  const { words } = lookup;
  let item = head;
  for (let level = ITEM_HEIGHT_MAX - 1; level >= 0; level--) {
    while (words[item + ITEM_NEXT + level] !== 0) item = words[item + ITEM_NEXT + level] << 1;
  }
  return item;
}

/** The writer's side. */
export class OrderIndexWriter {
  readonly #lookup: ImageLookup;
  readonly #allocator: Allocator;
  readonly #random: Random;
  readonly #path = new Int32Array(ITEM_HEIGHT_MAX);

  constructor(lookup: ImageLookup, allocator: Allocator, random: Random) {
    this.#lookup = lookup;
    this.#allocator = allocator;
    this.#random = random;
  }

  /** An empty index: its head's unit. @throws ImageError IMAGE_FULL */
  makeHead(): number {
    return this.#make(ITEM_HEIGHT_MAX, new Uint8Array(0));
  }

  /** An item that is not linked yet: its unit. @throws ImageError IMAGE_FULL */
  makeItem(key: Uint8Array): number {
    let height = 1;
    let bits = this.#random.below(2 ** 30);
    while (height < ITEM_HEIGHT_MAX && (bits & 3) === 0) {
      height += 1;
      bits >>>= 2;
    }
    return this.#make(height, key);
  }

  #make(height: number, key: Uint8Array): number {
    const { words, windows } = this.#lookup;
    const unit = this.#allocator.allocate(itemBytes(height, key.length));
    const item = unit << 1;
    words.fill(0, item, item + ITEM_NEXT + height);
    words[item + ITEM_INFO] = key.length | (height << 16);
    const at = ((item & WINDOW_WORD_MASK) + ITEM_NEXT + height) << 2;
    windows[item >>> WINDOW_WORD_SHIFT].set(key, at);
    return unit;
  }

  /** The item with exactly this key, as a word, or 0. */
  find(head: number, key: Uint8Array): number {
    const item = findAtOrBefore(this.#lookup, head, key, key.length);
    return item !== head && compareItem(this.#lookup, item, key, key.length) === 0 ? item : 0;
  }

  /** Links an item whose key is not in the list. */
  link(head: number, item: number): void {
    const { words } = this.#lookup;
    this.#findPath(head, this.#keyOf(item));
    const height = words[item + ITEM_INFO] >>> 16;
    words[item + ITEM_PREVIOUS] = this.#path[0] >>> 1;
    const next = words[this.#path[0] + ITEM_NEXT] << 1;
    for (let level = 0; level < height; level++) {
      words[item + ITEM_NEXT + level] = words[this.#path[level] + ITEM_NEXT + level];
    }
    for (let level = 0; level < height; level++) {
      Atomics.store(words, this.#path[level] + ITEM_NEXT + level, item >>> 1);
    }
    if (next !== 0) Atomics.store(words, next + ITEM_PREVIOUS, item >>> 1);
  }

  /** Takes an item out; readers that stand on it find their way on. */
  unlink(head: number, item: number): void {
    const { words } = this.#lookup;
    this.#findPath(head, this.#keyOf(item));
    for (let level = (words[item + ITEM_INFO] >>> 16) - 1; level >= 0; level--) {
      Atomics.store(words, this.#path[level] + ITEM_NEXT + level, words[item + ITEM_NEXT + level]);
    }
    const next = words[item + ITEM_NEXT] << 1;
    if (next !== 0) Atomics.store(words, next + ITEM_PREVIOUS, words[item + ITEM_PREVIOUS]);
  }

  free(item: number): void {
    const info = this.#lookup.words[item + ITEM_INFO];
    this.#allocator.free(item >>> 1, itemBytes(info >>> 16, info & 0xffff));
  }

  /** Points the item at its name's newest node. */
  setNode(item: number, nodeUnit: number): void {
    Atomics.store(this.#lookup.words, item + ITEM_NODE, nodeUnit);
  }

  #keyOf(item: number): Uint8Array {
    const info = this.#lookup.words[item + ITEM_INFO];
    const at = ((item & WINDOW_WORD_MASK) + ITEM_NEXT + (info >>> 16)) << 2;
    return this.#lookup.windows[item >>> WINDOW_WORD_SHIFT].subarray(at, at + (info & 0xffff));
  }

  /** Leaves in `#path` the last item before the key on every level. */
  #findPath(head: number, key: Uint8Array): void {
    const { words } = this.#lookup;
    let item = head;
    for (let level = ITEM_HEIGHT_MAX - 1; level >= 0; level--) {
      for (;;) {
        const next = words[item + ITEM_NEXT + level] << 1;
        if (next === 0 || compareItem(this.#lookup, next, key, key.length) >= 0) break;
        item = next;
      }
      this.#path[level] = item;
    }
  }
}
