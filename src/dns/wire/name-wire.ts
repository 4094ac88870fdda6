/**
 * Names in messages, with compression pointers (RFC 1035 section 4.1.4).
 *
 * Work is bounded by construction: a pointer must lead to before the labels that it ends, so every
 * jump goes backwards; there are at most 127 jumps, as many as a name can have labels; and the name
 * written out has at most 255 octets. A pointer into the header is refused as well.
 */
import { HEADER_SIZE } from './header.ts';
import { NAME_SIZE_MAX, type Name } from './name.ts';
import { WireError } from './wire-error.ts';

/** A name of 255 octets has no more labels than this, and no honest name more pointers. */
const JUMP_COUNT_MAX = 127;

/**
 * Writes the name at `at` of the message, uncompressed and with its case, to `out` from `outAt` on.
 * @param end the octets of the name that stand at `at` itself (not where its pointer leads) must
 *   lie before this
 * @param out has room for 255 octets from `outAt` on
 * @returns the size of the uncompressed name
 * @throws WireError WIRE_NAME, WIRE_TRUNCATED
 */
export function expandName(
  message: Uint8Array,
  at: number,
  end: number,
  out: Uint8Array,
  outAt: number,
): number {
  let from = at;
  let limit = end;
  let segmentAt = at;
  let jumpCount = 0;
  let size = 0;
  for (;;) {
    if (from >= limit) throw cutOff();
    const length = message[from];
    if (length >= 0xc0) {
      if (from + 2 > limit) throw cutOff();
      const target = ((length & 0x3f) << 8) | message[from + 1];
      jumpCount += 1;
      if (target >= segmentAt || target < HEADER_SIZE || jumpCount > JUMP_COUNT_MAX) {
        throw new WireError('WIRE_NAME', `compression pointer at octet ${from} leads to ${target}`);
      }
      from = target;
      segmentAt = target;
      limit = message.length;
      continue;
    }
    if (length > 63) {
      throw new WireError('WIRE_NAME', `unknown label type at octet ${from}`);
    }
    if (size + 1 + length + (length === 0 ? 0 : 1) > NAME_SIZE_MAX) {
      throw new WireError('WIRE_NAME', `name at octet ${at} is longer than 255 octets`);
    }
    if (from + 1 + length > limit) throw cutOff();
    for (let step = 0; step <= length; step++) out[outAt + size + step] = message[from + step];
    size += 1 + length;
    if (length === 0) return size;
    from += 1 + length;
  }
}

/** The name at `at`, uncompressed, in fresh memory. @throws WireError WIRE_NAME, WIRE_TRUNCATED */
export function readName(message: Uint8Array, at: number, end: number = message.length): Name {
  const out = new Uint8Array(NAME_SIZE_MAX);
  return out.slice(0, expandName(message, at, end, out, 0));
}

/** Offset behind a name that has been read once, so that it is known to be well formed. */
export function behindName(octets: Uint8Array, at: number): number {
  let next = at;
  while (octets[next] !== 0 && octets[next] < 0xc0) next += 1 + octets[next];
  return octets[next] === 0 ? next + 1 : next + 2;
}

function cutOff(): WireError {
  return new WireError('WIRE_TRUNCATED', 'the message ends inside a name');
}
