import { describe, expect, it } from 'vitest';
import {
  canonicalOwnerName,
  canonicalZoneName,
  isCanonical,
  zoneIdOfName,
  zoneNameOfId,
} from '#http/api/zone-name.ts';

describe('zone ids', () => {
  it.each([
    ['example.org.', 'example.org.'],
    ['.', '=2E'],
    ['_dmarc.example.org.', '=5Fdmarc.example.org.'],
    ['0/25.2.0.192.in-addr.arpa.', '0=2F25.2.0.192.in-addr.arpa.'],
    ['a\\.b.example.', 'a=5C.b.example.'],
  ])('write %s as %s and read it back', (name, id) => {
    expect(zoneIdOfName(name)).toBe(id);
    expect(zoneNameOfId(id)).toBe(name);
  });

  it('are read with or without the final dot and in any case', () => {
    expect(zoneNameOfId('Example.ORG')).toBe('example.org.');
    expect(zoneNameOfId('=5fdmarc.example.org')).toBe('_dmarc.example.org.');
  });

  it('do not take an escaped dot for a final one', () => {
    expect(zoneNameOfId('a=5C.')).toBe('a\\..');
  });

  it.each(['=', 'a=2', 'a=GG.example', '=2'])('refuse the broken escape in %s', (id) => {
    expect(() => zoneNameOfId(id)).toThrow(
      expect.objectContaining({ code: 'API_ZONE_ID_INVALID', status: 400 }),
    );
  });
});

describe('names in bodies', () => {
  it('come out in lower case, escapes kept', () => {
    expect(canonicalZoneName('Example.ORG.')).toBe('example.org.');
    expect(canonicalOwnerName('*.Example.ORG.')).toBe('*.example.org.');
    expect(canonicalOwnerName('a\\032b.example.')).toBe('a\\032b.example.');
    expect(canonicalZoneName('.')).toBe('.');
  });

  it.each([
    ['example.org', 'is not canonical'],
    ['', 'is not canonical'],
    ['a\\.', 'is not canonical'],
    ['test:x.', 'contains unsupported characters'],
    ['a b.', 'contains unsupported characters'],
    ['ü.', 'contains unsupported characters'],
    ['*.example.', 'contains unsupported characters'],
    ['a..b.', 'Unable to parse'],
    ['.a.', 'Unable to parse'],
    [`${'a'.repeat(64)}.`, 'Unable to parse'],
    ['a.'.repeat(128), 'Unable to parse'],
  ])('%j is refused: %s', (text, phrase) => {
    expect(() => canonicalZoneName(text)).toThrow(phrase);
  });

  it('may have labels of 63 octets and 255 octets in all, escapes counting one', () => {
    const label = `${'a'.repeat(62)}\\032.`;
    const longest = `${label.repeat(3)}${'b'.repeat(61)}.`;
    expect(isCanonical(longest)).toBe(true);
    expect(isCanonical(`b${longest}`)).toBe(false);
    expect(isCanonical(`${label.repeat(3)}${'b'.repeat(62)}.`)).toBe(false);
  });

  it('have a star only in front', () => {
    expect(() => canonicalOwnerName('a.*.example.')).toThrow('unsupported characters');
  });
});
