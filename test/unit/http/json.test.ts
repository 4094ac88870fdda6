import { describe, expect, it } from 'vitest';
import { sortedJson } from '#http/json.ts';

describe('sorted JSON', () => {
  it('orders the keys of every object and leaves arrays in their order', () => {
    const value = { b: [{ z: 1, a: null }, 2], a: { d: 'x', c: true } };
    expect(sortedJson(value)).toBe('{"a":{"c":true,"d":"x"},"b":[{"a":null,"z":1},2]}');
  });

  it('writes what JSON.stringify leaves out no more than it does', () => {
    expect(sortedJson({ b: undefined, a: 1 })).toBe('{"a":1}');
  });
});
