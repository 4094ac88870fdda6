import { describe, expect, it } from 'vitest';
import { seededRandom } from '#base/random.ts';
import { Allocator } from '#dns/image/allocator.ts';
import { Arena } from '#dns/image/arena.ts';
import { ImageLookup } from '#dns/image/image-lookup.ts';
import { ITEM_NEXT, ITEM_PREVIOUS } from '#dns/image/layout.ts';
import { findAtOrBefore, findLast, OrderIndexWriter } from '#dns/image/order-index.ts';

describe('the ordered index', () => {
  it('finds what a sorted list finds, through any insertions and removals', () => {
    const arena = Arena.reserve(1024 ** 2);
    const lookup = new ImageLookup(arena);
    const random = seededRandom(5);
    const index = new OrderIndexWriter(lookup, new Allocator(arena), random);
    const head = index.makeHead() << 1;
    const items = new Map<string, number>();
    const keyOf = (): Uint8Array =>
      Uint8Array.from({ length: 1 + random.below(3) }, () => random.below(6));
    for (let step = 0; step < 3000; step++) {
      const key = keyOf();
      const id = Buffer.from(key).toString('latin1');
      const item = items.get(id);
      expect(index.find(head, key)).toBe(item ?? 0);
      if (item === undefined) {
        const made = index.makeItem(key) << 1;
        index.link(head, made);
        items.set(id, made);
      } else {
        index.unlink(head, item);
        index.free(item);
        items.delete(id);
      }
      const sorted = [...items.keys()].sort();
      const asked = keyOf();
      const before = sorted.findLast((other) => other <= Buffer.from(asked).toString('latin1'));
      const expected = before === undefined ? head : items.get(before);
      expect(findAtOrBefore(lookup, head, asked, asked.length)).toBe(expected);
      expect(findLast(lookup, head)).toBe(items.get(sorted.at(-1) ?? '') ?? head);
    }
    const forward: number[] = [];
    for (let at = head; at !== 0; at = lookup.words[at + ITEM_NEXT] << 1) forward.push(at);
    const backward: number[] = [];
    for (let at = forward.at(-1) ?? 0; at !== 0; at = lookup.words[at + ITEM_PREVIOUS] << 1) {
      backward.push(at);
    }
    expect(backward.reverse()).toEqual(forward);
  });
});
