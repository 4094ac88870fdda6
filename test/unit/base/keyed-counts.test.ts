import { expect, test } from 'vitest';
import { KeyedCounts } from '#base/keyed-counts.ts';

test('counts each key by itself, and all together', () => {
  const counts = new KeyedCounts();
  expect(counts.add('one')).toBe(1);
  expect(counts.add('one')).toBe(2);
  expect(counts.add('two')).toBe(1);
  counts.remove('one');
  expect([counts.of('one'), counts.of('two'), counts.of('three')]).toEqual([1, 1, 0]);
  expect(counts.total).toBe(2);
});

test('takes nothing from a key that has none', () => {
  const counts = new KeyedCounts();
  counts.add('one');
  counts.remove('one');
  counts.remove('one');
  counts.remove('two');
  expect([counts.of('one'), counts.total]).toEqual([0, 0]);
});
