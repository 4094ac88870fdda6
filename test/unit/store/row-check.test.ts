import { describe, expect, it } from 'vitest';
import { utf8 } from '#base/bytes.ts';
import { openValue, ROW_CHECK_SIZE, sealValue } from '#store/row-check.ts';

describe('the checksum of a row', () => {
  const key = utf8('a key');
  const value = utf8('a value of some length');

  it('gives the value back', () => {
    expect(openValue(key, sealValue(key, value))).toEqual(Buffer.from(value));
    expect(openValue(key, sealValue(key, utf8('')))).toHaveLength(0);
  });

  it('notices any flipped bit of value and checksum', () => {
    const stored = sealValue(key, value);
    for (let bit = 0; bit < stored.length * 8; bit++) {
      const flipped = Buffer.from(stored);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(openValue(key, flipped)).toBeUndefined();
    }
  });

  it('notices a value under another key, and a border that moved', () => {
    const stored = sealValue(key, value);
    expect(openValue(utf8('b key'), stored)).toBeUndefined();
    expect(openValue(utf8('a ke'), Buffer.concat([utf8('y'), stored]))).toBeUndefined();
  });

  it('refuses what is shorter than a checksum', () => {
    expect(openValue(key, new Uint8Array(ROW_CHECK_SIZE - 1))).toBeUndefined();
  });
});
