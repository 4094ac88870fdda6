import { describe, expect, it } from 'vitest';
import { compareBytes } from '#base/bytes.ts';
import {
  buildKey,
  KEYSPACE,
  prefixRange,
  readU32Key,
  readU64Key,
  u32Key,
  u64Key,
} from '#store/keyspace.ts';

describe('keys', () => {
  it('never share a prefix between two tables', () => {
    const octets = Object.values(KEYSPACE);
    expect(new Set(octets).size).toBe(octets.length);
    expect(octets.every((octet) => octet < 0xff)).toBe(true);
  });

  it('sort numbers as numbers', () => {
    const numbers = [0, 1, 255, 256, 65_535, 65_536, 2 ** 31, 2 ** 32 - 1];
    const keys = numbers.map((number) => buildKey(KEYSPACE.journal, u32Key(number)));
    expect([...keys].sort(compareBytes)).toEqual(keys);
    expect(keys.map((key) => readU32Key(key, 1))).toEqual(numbers);
    const large = [0, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER];
    expect(
      large
        .map(u64Key)
        .sort(compareBytes)
        .map((key) => readU64Key(key, 0)),
    ).toEqual(large);
  });

  it('refuse numbers that do not fit', () => {
    expect(() => u32Key(2 ** 32)).toThrow('assertion');
    expect(() => u32Key(-1)).toThrow('assertion');
    expect(() => u64Key(2 ** 53)).toThrow('assertion');
    expect(() => buildKey(0xff)).toThrow('assertion');
  });

  it('have a range per prefix that ends before the next prefix', () => {
    expect(prefixRange(Uint8Array.of(0x20)).to).toEqual(Uint8Array.of(0x21));
    expect(prefixRange(Uint8Array.of(0x20, 0xff, 0xff)).to).toEqual(Uint8Array.of(0x21));
    expect(() => prefixRange(Uint8Array.of(0xff))).toThrow('assertion');
  });
});
