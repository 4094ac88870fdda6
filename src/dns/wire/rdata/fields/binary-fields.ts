/**
 * Octets in hexadecimal, base 64 and base 32 (RFC 4648). Those that run to the end of the record
 * may be split over any number of tokens on input; on output they are one, hexadecimal in capitals
 * as BIND and dig have it. Digits are decoded straight from the source octets.
 */
import { asBuffer, formatBase32Hex, formatBase64, parseBase32Hex } from '#base/bytes.ts';
import { hexDigit } from '../address-text.ts';
import type { RdataWriter } from '../rdata-writer.ts';
import type { Tokens } from '../tokens.ts';
import { copyOctets, type Field, shortRdata } from './field.ts';

/** Hexadecimal to the end of the record, at least one octet. */
export function hexToEnd(what: string): Field {
  return {
    ...octetsToEnd(what, formatHexUpper),
    parse: (tokens, out) => writeHex(tokens, what, out),
  };
}

/** Base 64 to the end of the record, at least one octet. */
export function base64ToEnd(what: string): Field {
  return {
    ...octetsToEnd(what, formatBase64),
    parse: (tokens, out) => writeBase64(tokens, what, out),
  };
}

/** `base64ToEnd` that may be left out. */
export function optionalBase64(what: string): Field {
  return {
    ...octetsToEnd(what, formatBase64),
    parse(tokens, out) {
      if (!tokens.atEnd) writeBase64(tokens, what, out);
    },
    read: (message, at, end, out) => copyOctets(message, at, end - at, end, out, what),
  };
}

function octetsToEnd(what: string, print: (octets: Uint8Array) => string): Omit<Field, 'parse'> {
  return {
    format: (rdata, at) => print(rdata.subarray(at)),
    read(message, at, end, out) {
      if (at >= end) throw shortRdata(what);
      return copyOctets(message, at, end - at, end, out, what);
    },
    size: (rdata, at) => rdata.length - at,
  };
}

/** A salt: a length octet and hexadecimal in one token, `-` for none (RFC 5155 section 3.3). */
export function salt(what: string): Field {
  return {
    ...lengthPrefixed(what, 0),
    parse(tokens, out) {
      const index = tokens.take(what);
      const lengthAt = out.size;
      out.u8(0);
      if (tokens.is(index, '-')) return;
      const digitCount = writeHexToken(tokens, index, what, -1, out);
      const size = out.size - lengthAt - 1;
      if (digitCount >= 0) tokens.fail(`expected ${what} with an even number of digits`, index);
      if (size > 255 || size === 0) tokens.fail(`expected ${what} of 1 to 255 octets`, index);
      out.buffer[lengthAt] = size;
    },
    format: (rdata, at) =>
      rdata[at] === 0 ? '-' : formatHexUpper(rdata.subarray(at + 1, at + 1 + rdata[at])),
  };
}

/** A hash: a length octet and base 32 with the extended hex alphabet, unpadded, in one token. */
export function base32Hash(what: string): Field {
  return {
    ...lengthPrefixed(what, 1),
    parse(tokens, out) {
      const index = tokens.take(what);
      const hash = parseBase32Hex(tokens.text(index));
      if (hash === undefined || hash.length === 0 || hash.length > 255) {
        tokens.fail(`expected ${what} in base32hex`, index);
      } else {
        out.u8(hash.length);
        out.bytes(hash);
      }
    },
    format: (rdata, at) => formatBase32Hex(rdata.subarray(at + 1, at + 1 + rdata[at])),
  };
}

function lengthPrefixed(what: string, sizeMin: number): Pick<Field, 'read' | 'size'> {
  return {
    read(message, at, end, out) {
      if (at >= end || message[at] < sizeMin) throw shortRdata(what);
      return copyOctets(message, at, 1 + message[at], end, out, what);
    },
    size: (rdata, at) => 1 + rdata[at],
  };
}

export function formatHexUpper(octets: Uint8Array): string {
  return asBuffer(octets).toString('hex').toUpperCase();
}

/** Takes all remaining tokens as hexadecimal digits. */
export function writeHex(tokens: Tokens, what: string, out: RdataWriter): void {
  let half = -1;
  do half = writeHexToken(tokens, tokens.take(what), what, half, out);
  while (!tokens.atEnd);
  if (half >= 0) tokens.fail(`expected ${what} with an even number of digits`);
}

/**
 * @param half the high digit left over from the token before, or -1
 * @returns the one left over for the next
 */
function writeHexToken(
  tokens: Tokens,
  index: number,
  what: string,
  half: number,
  out: RdataWriter,
): number {
  let high = half;
  const end = tokens.ends[index];
  for (let at = tokens.starts[index]; at < end; at++) {
    const digit = hexDigit(tokens.source[at]);
    if (digit < 0) tokens.fail(`expected ${what} in hexadecimal`, index);
    if (high < 0) high = digit;
    else {
      out.u8((high << 4) | digit);
      high = -1;
    }
  }
  return high;
}

/** Takes all remaining tokens as base 64 with its padding. */
function writeBase64(tokens: Tokens, what: string, out: RdataWriter): void {
  const before = out.size;
  let held = 0;
  let digitCount = 0;
  let paddingCount = 0;
  do {
    const index = tokens.take(what);
    const end = tokens.ends[index];
    for (let at = tokens.starts[index]; at < end; at++) {
      const octet = tokens.source[at];
      digitCount += 1;
      if (octet === 0x3d && paddingCount < 2) {
        paddingCount += 1;
        held = (held << 6) & 0xff_ffff;
      } else {
        const digit = base64Digit(octet);
        if (digit < 0 || paddingCount > 0) tokens.fail(`expected ${what} in base 64`, index);
        held = ((held << 6) | digit) & 0xff_ffff;
      }
      if (digitCount % 4 === 0) writeGroup(held, paddingCount, out);
    }
  } while (!tokens.atEnd);
  const lost = paddingCount === 0 ? 0 : held & ((1 << (8 * paddingCount)) - 1);
  if (digitCount % 4 !== 0 || lost !== 0 || out.size === before) {
    tokens.fail(`expected ${what} in base 64, complete with its padding`);
  }
}

/** Three octets of four digits, less those that stand for padding. */
function writeGroup(held: number, paddingCount: number, out: RdataWriter): void {
  out.u8((held >>> 16) & 0xff);
  if (paddingCount < 2) out.u8((held >>> 8) & 0xff);
  if (paddingCount < 1) out.u8(held & 0xff);
}

function base64Digit(octet: number): number {
  if (octet >= 0x41 && octet <= 0x5a) return octet - 0x41;
  if (octet >= 0x61 && octet <= 0x7a) return octet - 0x61 + 26;
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30 + 52;
  if (octet === 0x2b) return 62;
  return octet === 0x2f ? 63 : -1;
}
