import { describe, expect, it } from 'vitest';
import { seededRandom } from '#base/random.ts';
import { Allocator } from '#dns/image/allocator.ts';
import { Arena } from '#dns/image/arena.ts';
import { UNIT_SIZE, WINDOW_UNIT_SHIFT } from '#dns/image/layout.ts';

const MIB = 1024 ** 2;

describe('the allocator', () => {
  it('hands out blocks that never overlap, and takes back what it gave', () => {
    const allocator = new Allocator(Arena.reserve(4 * MIB));
    const random = seededRandom(3);
    const held = new Map<number, number>();
    for (let step = 0; step < 20_000; step++) {
      if (held.size > 200 || (held.size > 0 && random.below(2) === 0)) {
        const [unit, size] = [...held][random.below(held.size)];
        allocator.free(unit, size);
        held.delete(unit);
      } else {
        const size = 1 + random.below(random.below(10) === 0 ? 9000 : 200);
        held.set(allocator.allocate(size), size);
      }
      if (step % 1000 !== 0) continue;
      const spans = [...held].sort(([a], [b]) => a - b);
      for (let index = 1; index < spans.length; index++) {
        const [before, size] = spans[index - 1];
        expect(before + Math.ceil(size / UNIT_SIZE)).toBeLessThanOrEqual(spans[index][0]);
      }
    }
    for (const [unit, size] of held) allocator.free(unit, size);
    expect(allocator.usedBytes).toBe(0);
  });

  it('splits larger blocks before it says IMAGE_FULL', () => {
    const allocator = new Allocator(Arena.reserve(MIB));
    const large: number[] = [];
    const fill = (): void => {
      for (;;) large.push(allocator.allocate(64 * 1024));
    };
    expect(fill).toThrow(expect.objectContaining({ code: 'IMAGE_FULL' }));
    allocator.free(large[0], 64 * 1024);
    const small = Array.from({ length: 1000 }, () => allocator.allocate(64));
    expect(new Set(small).size).toBe(1000);
  });

  it('lets no block cross from one window of octets to the next', () => {
    const arena = Arena.reserve(4 * 1024 * MIB);
    const allocator = new Allocator(arena);
    const sizes = [1536 * MIB, 768 * MIB];
    const last = sizes.map((size) => allocator.allocate(size)).at(-1) ?? 0;
    expect(last).toBe(2 ** WINDOW_UNIT_SHIFT);
    expect(arena.windows).toHaveLength(2);
  });
});
