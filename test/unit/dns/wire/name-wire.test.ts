// Names in messages: compression pointers, and the ways to get them wrong.
import { describe, expect, it } from 'vitest';
import { formatName } from '#dns/wire/name.ts';
import { behindName, readName } from '#dns/wire/name-wire.ts';

/** A message of a zeroed header and what the blanks-free hex says. */
function messageOf(hex: string): Uint8Array {
  return Uint8Array.from([...new Uint8Array(12), ...Buffer.from(hex.replaceAll(' ', ''), 'hex')]);
}

describe('a name in a message', () => {
  it('follows pointers backwards, more than once', () => {
    // 12: c. | 15: b -> 12 | 19: a -> 15 | 23: -> 19
    const message = messageOf('016300 0162c00c 0161c00f c013');
    expect(formatName(readName(message, 12))).toBe('c.');
    expect(formatName(readName(message, 15))).toBe('b.c.');
    expect(formatName(readName(message, 19))).toBe('a.b.c.');
    expect(formatName(readName(message, 23))).toBe('a.b.c.');
    expect([12, 15, 19, 23].map((at) => behindName(message, at))).toEqual([15, 19, 23, 25]);
  });

  it.each([
    ['a pointer to itself', 'c00c', 'WIRE_NAME'],
    ['a pointer forward', 'c00e 00', 'WIRE_NAME'],
    ['a pointer to its own first label', '0161 c00c', 'WIRE_NAME'],
    ['a pointer into the header', 'c000', 'WIRE_NAME'],
    ['label type 01', '40', 'WIRE_NAME'],
    ['label type 10', '8000', 'WIRE_NAME'],
    ['no end', '0161', 'WIRE_TRUNCATED'],
    ['a label that is cut off', '0361', 'WIRE_TRUNCATED'],
    ['half a pointer', 'c0', 'WIRE_TRUNCATED'],
    ['nothing', '', 'WIRE_TRUNCATED'],
  ])('is refused with %s', (_, hex, code) => {
    expect(() => readName(messageOf(hex), 12)).toThrow(expect.objectContaining({ code }));
  });

  it('is refused over 255 octets, plain or by pointers', () => {
    const label = `3f${'61'.repeat(63)}`;
    const longest = `${label.repeat(3)}3d${'61'.repeat(61)}00`;
    expect(readName(messageOf(longest), 12)).toHaveLength(255);
    const one = messageOf(`${longest} 0161 c00c`);
    expect(() => readName(one, 12 + 255)).toThrow(expect.objectContaining({ code: 'WIRE_NAME' }));
    expect(() => readName(messageOf(`${label.repeat(4)}00`), 12)).toThrow(/255/);
  });

  it('stays within its bounds though a pointer may leave them', () => {
    const message = messageOf('016100 0162c00c');
    expect(formatName(readName(message, 15, 19))).toBe('b.a.');
    expect(() => readName(message, 15, 18)).toThrow(/ends inside a name/);
    expect(() => readName(message, 12, 14)).toThrow(/ends inside a name/);
  });

  it('may be a chain of 127 pointers and not of 128', () => {
    let hex = '00';
    for (let hop = 0; hop < 128; hop++) {
      const target = hop === 0 ? 12 : 13 + (hop - 1) * 2;
      hex += (0xc000 | target).toString(16);
    }
    const message = messageOf(hex);
    expect(readName(message, 13 + 126 * 2)).toHaveLength(1);
    expect(() => readName(message, 13 + 127 * 2)).toThrow(
      expect.objectContaining({ code: 'WIRE_NAME' }),
    );
  });
});
