import { describe, expect, it } from 'vitest';
import { utf8 } from '#base/bytes.ts';
import {
  addRow,
  copyDigest,
  digestBytes,
  emptyDigest,
  equalDigests,
  formatDigest,
  parseDigest,
  readDigest,
  removeRow,
} from '#store/digest.ts';

describe('the digest of a set of rows', () => {
  it('is the same whatever the order in which rows came', () => {
    const [up, down] = [emptyDigest(), emptyDigest()];
    for (let at = 0; at < 100; at++) addRow(up, utf8(`key ${at}`), utf8(`value ${at}`));
    for (let at = 99; at >= 0; at--) addRow(down, utf8(`key ${at}`), utf8(`value ${at}`));
    expect(formatDigest(up)).toBe(formatDigest(down));
  });

  it('forgets a row that is removed, carries and borrows included', () => {
    const digest = emptyDigest();
    for (let at = 0; at < 1000; at++) addRow(digest, utf8(`key ${at}`), utf8('value'));
    for (let at = 999; at >= 0; at--) removeRow(digest, utf8(`key ${at}`), utf8('value'));
    expect(formatDigest(digest)).toBe('0'.repeat(32));
    removeRow(digest, utf8('a'), utf8('b'));
    addRow(digest, utf8('a'), utf8('b'));
    expect(equalDigests(digest, emptyDigest())).toBe(true);
  });

  it('differs when one bit of a row does, or the border of key and value moves', () => {
    const digests = [
      ['abcd', 'efgh'],
      ['abcd', 'efgi'],
      ['abce', 'efgh'],
      ['abc', 'defgh'],
      ['abcd', 'efgh\0'],
      ['', 'abcdefgh'],
    ].map(([key = '', value = '']) => {
      const digest = emptyDigest();
      addRow(digest, utf8(key), utf8(value));
      return formatDigest(digest);
    });
    expect(new Set(digests).size).toBe(digests.length);
  });

  it('counts a row twice that is there twice', () => {
    const [once, twice] = [emptyDigest(), emptyDigest()];
    addRow(once, utf8('a'), utf8('b'));
    addRow(twice, utf8('a'), utf8('b'));
    addRow(twice, utf8('a'), utf8('b'));
    expect(equalDigests(once, twice)).toBe(false);
  });

  it('goes on from its octets and from its text', () => {
    const digest = emptyDigest();
    addRow(digest, utf8('key'), new Uint8Array(5000).fill(9));
    const fromOctets = readDigest(digestBytes(digest));
    const fromText = parseDigest(formatDigest(digest));
    for (const other of [digest, fromOctets, fromText, copyDigest(digest)]) {
      if (other !== undefined) addRow(other, utf8('more'), utf8('rows'));
    }
    expect(formatDigest(fromOctets)).toBe(formatDigest(digest));
    expect(fromText && formatDigest(fromText)).toBe(formatDigest(digest));
    expect(parseDigest('12')).toBeUndefined();
  });

  it('keeps the value that stores on disk already hold', () => {
    const digest = emptyDigest();
    addRow(digest, utf8('key'), utf8('value'));
    addRow(digest, utf8('another key'), utf8('a value longer than sixteen octets'));
    expect(formatDigest(digest)).toMatchInlineSnapshot(`"57caee80e82665a38c52984eb7c7562d"`);
  });
});
