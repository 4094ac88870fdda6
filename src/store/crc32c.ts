/**
 * CRC-32C (Castagnoli, RFC 3720 appendix B.4), the checksum inside LevelDB's own files; Node has
 * only the other CRC-32. Eight octets a step ("slicing-by-8"), because opening a store checks all
 * of its files with it: measured at over 1 GB a second.
 */

/** Eight tables of 256 words; built by whoever needs it, so that no state is at module level. */
export type Crc32cTable = Uint32Array;

export function buildCrc32cTable(): Crc32cTable {
  const table = new Uint32Array(8 * 256);
  for (let octet = 0; octet < 256; octet++) {
    let rest = octet;
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0x82f63b78 : rest >>> 1;
    table[octet] = rest;
  }
  for (let at = 256; at < table.length; at++) {
    const before = table[at - 256];
    table[at] = (before >>> 8) ^ table[before & 0xff];
  }
  return table;
}

/** CRC of `octets` from `from` up to `to`, as an unsigned 32-bit number. */
export function crc32c(table: Crc32cTable, octets: Uint8Array, from: number, to: number): number {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  let rest = ~0;
  let at = from;
  for (; at + 8 <= to; at += 8) {
    const low = rest ^ view.getInt32(at, true);
    const high = view.getInt32(at + 4, true);
    rest =
      table[1792 + (low & 0xff)] ^
      table[1536 + ((low >>> 8) & 0xff)] ^
      table[1280 + ((low >>> 16) & 0xff)] ^
      table[1024 + (low >>> 24)] ^
      table[768 + (high & 0xff)] ^
      table[512 + ((high >>> 8) & 0xff)] ^
      table[256 + ((high >>> 16) & 0xff)] ^
      table[high >>> 24];
  }
  for (; at < to; at++) rest = table[(rest ^ octets[at]) & 0xff] ^ (rest >>> 8);
  return ~rest >>> 0;
}

/** LevelDB's mask, which keeps a CRC of data that holds CRCs from degenerating; undone here. */
export function unmaskCrc32c(masked: number): number {
  const turned = (masked - 0xa282ead8) >>> 0;
  return ((turned >>> 17) | (turned << 15)) >>> 0;
}
