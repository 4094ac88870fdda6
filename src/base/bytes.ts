/** Byte strings: comparing, joining, and their text encodings (RFC 4648). */

/** Unsigned lexicographic order: negative, zero or positive. A prefix sorts first. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (const part of parts) size += part.length;
  const joined = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** One character per octet: a byte string as a Map key. */
export function latin1(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('latin1');
}

/** A view (no copy) as Buffer, for Node's own calls. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** A view (no copy) that is no Buffer: a Buffer's `slice` gives a view where others copy. */
export function asPlainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function formatHex(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('hex');
}

/** Octets of an even-length hexadecimal string, or `undefined` if it is not one. */
export function parseHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  return new Uint8Array(Buffer.from(text, 'hex'));
}

export function formatBase64(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('base64');
}

/** Octets of a padded base64 string (RFC 4648 section 4), or `undefined` if it is not one. */
export function parseBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  return new Uint8Array(Buffer.from(text, 'base64'));
}

const BASE32HEX = '0123456789ABCDEFGHIJKLMNOPQRSTUV';

/** Base 32 with the extended hex alphabet, unpadded (RFC 4648 section 7, RFC 5155 section 3.3). */
export function formatBase32Hex(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += BASE32HEX[(held >>> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  if (bits > 0) text += BASE32HEX[(held << (5 - bits)) & 31];
  return text;
}

/** Octets of an unpadded base 32 (extended hex) string, either case, or `undefined`. */
export function parseBase32Hex(text: string): Uint8Array | undefined {
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const character of text.toUpperCase()) {
    const value = BASE32HEX.indexOf(character);
    if (value < 0) return undefined;
    held = (held << 5) | value;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((held >>> bits) & 0xff);
      held &= (1 << bits) - 1;
    }
  }
  if (bits >= 5 || held !== 0) return undefined;
  return Uint8Array.from(bytes);
}
