/**
 * The type bitmap of NSEC and NSEC3 (RFC 4034 section 4.1.2): blocks in ascending order, each a
 * window number, a length of 1 to 32, and bits from the left, without trailing zero octets.
 *
 *     | window | length | bitmap (length octets) |   type = window * 256 + bit
 */
import { WireError } from '#dns/wire/wire-error.ts';
import { formatTypeCode, typeOfMnemonic } from '../type-codes.ts';
import { copyOctets, type Field } from './field.ts';

/** @param mayBeEmpty NSEC3 of an empty non-terminal covers no type at all */
export function typeBitmap(mayBeEmpty: boolean): Field {
  return {
    parse(tokens, out) {
      const types: number[] = [];
      if (!mayBeEmpty || !tokens.atEnd) {
        do {
          const index = tokens.take('a record type');
          const type = typeOfMnemonic(tokens.text(index));
          if (type === undefined) tokens.fail('expected a record type', index);
          else types.push(type);
        } while (!tokens.atEnd);
      }
      out.bytes(buildTypeBitmap(types));
    },
    format: (rdata, at) => typesOfBitmap(rdata, at).map(formatTypeCode).join(' '),
    read(message, at, end, out) {
      checkTypeBitmap(message, at, end, mayBeEmpty);
      return copyOctets(message, at, end - at, end, out, 'a type bitmap');
    },
    size: (rdata, at) => rdata.length - at,
  };
}

/** The bitmap of a set of type numbers, in any order, repeated or not. */
export function buildTypeBitmap(types: readonly number[]): Uint8Array {
  const out: number[] = [];
  const sorted = types.toSorted((a, b) => a - b);
  let window = -1;
  let lengthAt = 0;
  for (const type of sorted) {
    if (type >>> 8 !== window) {
      window = type >>> 8;
      lengthAt = out.length + 1;
      out.push(window, 0);
    }
    const octet = (type & 0xff) >>> 3;
    while (out[lengthAt] <= octet) {
      out.push(0);
      out[lengthAt] += 1;
    }
    out[lengthAt + 1 + octet] |= 0x80 >>> (type & 7);
  }
  return Uint8Array.from(out);
}

/** The type numbers of the bitmap that fills valid RDATA from `at` on, ascending. */
export function typesOfBitmap(rdata: Uint8Array, at: number): number[] {
  const types: number[] = [];
  for (let blockAt = at; blockAt < rdata.length; blockAt += 2 + rdata[blockAt + 1]) {
    for (let bit = 0; bit < rdata[blockAt + 1] * 8; bit++) {
      if ((rdata[blockAt + 2 + (bit >>> 3)] & (0x80 >>> (bit & 7))) !== 0) {
        types.push(rdata[blockAt] * 256 + bit);
      }
    }
  }
  return types;
}

function checkTypeBitmap(octets: Uint8Array, at: number, end: number, mayBeEmpty: boolean): void {
  if (at === end && !mayBeEmpty) throw badBitmap('it is empty');
  let window = -1;
  let blockAt = at;
  while (blockAt < end) {
    if (blockAt + 2 > end) throw badBitmap('it is cut off');
    const size = octets[blockAt + 1];
    const behind = blockAt + 2 + size;
    if (octets[blockAt] <= window) throw badBitmap('its windows are not in ascending order');
    if (size < 1 || size > 32) throw badBitmap(`a window has ${size} octets`);
    if (behind > end) throw badBitmap('it is cut off');
    if (octets[behind - 1] === 0) throw badBitmap('a window ends in a zero octet');
    window = octets[blockAt];
    blockAt = behind;
  }
}

function badBitmap(why: string): WireError {
  return new WireError('WIRE_RDATA', `type bitmap: ${why}`);
}
