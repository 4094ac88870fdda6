// RFC 3597 section 5: the text form of types and data that are unknown, with its own examples.
import { describe, expect, it } from 'vitest';
import { formatHex } from '#base/bytes.ts';
import { parseRdataText } from '#dns/wire/rdata/rdata-text.ts';
import {
  canonicalRdata,
  formatRdata,
  formatTypeCode,
  rdataNames,
  typeOfMnemonic,
} from '#dns/wire/rdata/registry.ts';

function typeOf(mnemonic: string): number {
  return typeOfMnemonic(mnemonic) ?? -1;
}

describe('RFC 3597 section 5', () => {
  it.each([
    ['TYPE731', '\\# 6 abcd ( ef 01 23 45 )'.replaceAll(/[()]/g, ' '), 'abcdef012345'],
    ['TYPE62347', '\\# 0', ''],
    ['A', '\\# 4 0A000001', '0a000001'],
    ['TYPE1', '10.0.0.2', '0a000002'],
    ['TYPE1', '\\# 4 0 a000 0 02', '0a000002'],
  ])('%s %s', (type, text, wire) => {
    expect(formatHex(parseRdataText(typeOf(type), text))).toBe(wire);
  });

  it('prints unknown data in the generic form and known data in its own', () => {
    expect(formatRdata(731, Uint8Array.of(0xab, 0xcd))).toBe('\\# 2 ABCD');
    expect(formatRdata(731, new Uint8Array(0))).toBe('\\# 0');
    expect(formatRdata(typeOf('TYPE1'), parseRdataText(1, '\\# 4 0A000001'))).toBe('10.0.0.1');
  });

  it.each([
    ['a length that is not the data', 'A', '\\# 4 0A0000'],
    ['an odd digit', 'TYPE731', '\\# 2 ABC'],
    ['data of a known type that it cannot be', 'A', '\\# 3 0A0000'],
    ['a compressed name', 'MX', '\\# 4 000A C000'],
    ['a compressed name that leads to one', 'RP', '\\# 15 0b6161616161616161616161 00 c00c'],
    ['no length', 'TYPE731', '\\#'],
    ['another form for an unknown type', 'TYPE731', 'abcd'],
    ['a length without data', 'TYPE731', '\\# 1'],
  ])('refuses %s', (_, type, text) => {
    expect(() => parseRdataText(typeOf(type), text)).toThrow(
      expect.objectContaining({ code: 'RDATA_INVALID' }),
    );
  });

  it('takes a quoted \\# as a string', () => {
    expect(formatHex(parseRdataText(typeOf('TXT'), '"\\\\#" 1'))).toBe('025c230131');
  });

  it('names types without a mnemonic by number', () => {
    expect(typeOf('type65280')).toBe(65_280);
    expect(typeOf('TYPE65536')).toBe(-1);
    expect(typeOf('TYPE')).toBe(-1);
    expect(formatTypeCode(65_280)).toBe('TYPE65280');
    expect(formatTypeCode(15)).toBe('MX');
  });

  it('section 7: unknown data is compared as it stands and has no names', () => {
    const rdata = Uint8Array.of(1, 0x41, 0);
    expect(canonicalRdata(731, rdata)).toBe(rdata);
    expect(rdataNames(731, rdata)).toEqual([]);
  });
});
