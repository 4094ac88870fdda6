/**
 * Decompression of a Snappy block (format_description.txt of google/snappy), only to read the
 * index of a LevelDB table before LevelDB does. Elements are literals and copies from what was
 * already written; the first octets are the size of the whole as a varint.
 */

/** Index blocks are far smaller; a length beyond this is damage. */
const SIZE_MAX = 64 << 20;

/** The octets, or `undefined` if `packed` is not a whole Snappy block. */
export function unpackSnappy(packed: Uint8Array): Uint8Array | undefined {
  let at = 0;
  let size = 0;
  for (let shift = 0; shift < 32; shift += 7) {
    if (at >= packed.length) return undefined;
    const octet = packed[at];
    at += 1;
    size += (octet & 0x7f) * 2 ** shift;
    if (octet < 0x80) break;
  }
  if (size > SIZE_MAX) return undefined;
  const out = new Uint8Array(size);
  let to = 0;
  while (at < packed.length) {
    const tag = packed[at];
    const kind = tag & 3;
    const head = kind === 0 ? literalHead(tag) : [2, 3, 5][kind - 1];
    if (at + head > packed.length) return undefined;
    const length = kind === 0 ? literalLength(packed, at, head) : copyLength(tag, kind);
    if (length > size - to) return undefined;
    if (kind === 0) {
      if (at + head + length > packed.length) return undefined;
      out.set(packed.subarray(at + head, at + head + length), to);
      at += head + length;
    } else {
      const distance = copyDistance(packed, at, kind);
      if (distance === 0 || distance > to) return undefined;
      for (let step = 0; step < length; step++) out[to + step] = out[to + step - distance];
      at += head;
    }
    to += length;
  }
  return to === size ? out : undefined;
}

/** Octets of a literal's tag and length. */
function literalHead(tag: number): number {
  return tag >> 2 < 60 ? 1 : (tag >> 2) - 58;
}

function literalLength(packed: Uint8Array, at: number, head: number): number {
  if (head === 1) return (packed[at] >> 2) + 1;
  return readLittleEndian(packed, at + 1, head - 1) + 1;
}

function copyLength(tag: number, kind: number): number {
  return kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
}

function copyDistance(packed: Uint8Array, at: number, kind: number): number {
  if (kind === 1) return ((packed[at] >> 5) << 8) | packed[at + 1];
  return readLittleEndian(packed, at + 1, kind === 2 ? 2 : 4);
}

function readLittleEndian(octets: Uint8Array, at: number, size: number): number {
  let value = 0;
  for (let place = size - 1; place >= 0; place--) value = value * 256 + octets[at + place];
  return value;
}
