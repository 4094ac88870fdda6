// Names: text form with its escapes, limits, order, and the keys made of them.
import { describe, expect, it } from 'vitest';
import { formatHex } from '#base/bytes.ts';
import {
  compareNames,
  formatName,
  isAtOrBelow,
  isWildcard,
  nameKey,
  nameOfSortKey,
  parentName,
  parseName,
  parseNameInto,
  ROOT,
  sortKey,
  wildcardOf,
} from '#dns/wire/name.ts';

const ORIGIN = parseName('example.');

describe('the text of a name', () => {
  it.each([
    ['.', '00', '.'],
    ['a.b.', '0161016200', 'a.b.'],
    ['A.b.', '0141016200', 'A.b.'],
    ['a', '0161076578616d706c6500', 'a.example.'],
    [String.raw`a\.b.`, '03612e6200', String.raw`a\.b.`],
    [String.raw`\000\255\032.`, '0300ff2000', String.raw`\000\255\032.`],
    [String.raw`\a\@\".`, '0361402200', String.raw`a\@\".`],
    ['ü.', '02c3bc00', String.raw`\195\188.`],
    ['*.', '012a00', '*.'],
  ])('%s', (text, wire, printed) => {
    const name = parseName(text, ORIGIN);
    expect(formatHex(name)).toBe(wire);
    expect(formatName(name)).toBe(printed);
  });

  it('takes 63 octets in a label and 255 in all, and no more', () => {
    const label = 'x'.repeat(63);
    const longest = `${label}.${label}.${label}.${'x'.repeat(61)}.`;
    expect(parseName(longest)).toHaveLength(255);
    expect(() => parseName(`x${longest}`)).toThrow(/63 octets/);
    expect(() => parseName(`${label}.${label}.${label}.${'x'.repeat(62)}.`)).toThrow(/255 octets/);
    expect(() => parseName(`${label}.${label}.${label}.${'x'.repeat(55)}`, ORIGIN)).toThrow(/255/);
    expect(parseName(`${label}.${label}.${label}.${'x'.repeat(53)}`, ORIGIN)).toHaveLength(255);
    expect(() => parseName('x'.repeat(300))).toThrow(/255/);
  });

  it.each(['', '..', '.a.', 'a..b.', 'a\\', '\\25.', '\\256.', '\\2x5.', 'relative'])(
    'refuses %j',
    (text) => {
      expect(() => parseName(text)).toThrow(expect.objectContaining({ code: 'NAME_INVALID' }));
    },
  );

  it('is written in place where asked', () => {
    const out = new Uint8Array(300).fill(0xee);
    const text = Buffer.from('  a.b  ');
    expect(parseNameInto(text, 2, 5, ORIGIN, out, 10)).toBe(13);
    expect(formatHex(out.subarray(9, 24))).toBe('ee01610162076578616d706c6500ee');
  });
});

describe('the order of names', () => {
  // RFC 4034 section 6.1 gives this list.
  const ORDERED = [
    'example.',
    'a.example.',
    'yljkjljk.a.example.',
    'Z.a.example.',
    'zABC.a.EXAMPLE.',
    'z.example.',
    String.raw`\001.z.example.`,
    '*.z.example.',
    String.raw`\200.z.example.`,
  ].map((text) => parseName(text));

  it('is that of RFC 4034 section 6.1, also by sort key', () => {
    const shuffled = ORDERED.toReversed();
    expect(shuffled.toSorted(compareNames)).toEqual(ORDERED);
    const byKey = shuffled.toSorted((a, b) => Buffer.compare(sortKey(a), sortKey(b)));
    expect(byKey).toEqual(ORDERED);
  });

  it('has keys that lead back to the name in lower case', () => {
    for (const name of ORDERED) expect(nameKey(nameOfSortKey(sortKey(name)))).toBe(nameKey(name));
    const key = sortKey(ORDERED[2], ORIGIN);
    expect(formatName(nameOfSortKey(key, ORIGIN))).toBe('yljkjljk.a.example.');
  });
});

describe('kinship of names', () => {
  it('goes by labels, not by octets', () => {
    expect(isAtOrBelow(parseName('a.EXAMPLE.'), ORIGIN)).toBe(true);
    expect(isAtOrBelow(parseName('notexample.'), ORIGIN)).toBe(false);
    expect(isAtOrBelow(parseName(String.raw`a\007example.`), ORIGIN)).toBe(false);
    expect(isAtOrBelow(ORIGIN, ROOT)).toBe(true);
  });

  it('ends at the root', () => {
    expect(parentName(ORIGIN)).toEqual(ROOT);
    expect(parentName(ROOT)).toBeUndefined();
  });

  it('knows wildcards', () => {
    expect(isWildcard(wildcardOf(ORIGIN))).toBe(true);
    expect(isWildcard(parseName('**.example.'))).toBe(false);
  });
});
