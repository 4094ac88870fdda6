/**
 * CRC-32C (Castagnoli, RFC 3720 appendix B.4), the checksum inside LevelDB's own files. Node has
 * only the other CRC-32. Used when a store is opened, on files of a few megabytes.
 */

/** The table is built by whoever needs it: 1 kB, and no state at module level. */
export type Crc32cTable = Uint32Array;

export function buildCrc32cTable(): Crc32cTable {
  const table = new Uint32Array(256);
  for (let octet = 0; octet < 256; octet++) {
    let rest = octet;
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0x82f63b78 : rest >>> 1;
    table[octet] = rest;
  }
  return table;
}

/** CRC of `octets` from `from` up to `to`, as an unsigned 32-bit number. */
export function crc32c(table: Crc32cTable, octets: Uint8Array, from: number, to: number): number {
  let rest = 0xffff_ffff;
  for (let at = from; at < to; at++) {
    rest = (table[(rest ^ (octets[at] ?? 0)) & 0xff] ?? 0) ^ (rest >>> 8);
  }
  return ~rest >>> 0;
}

/** LevelDB's mask, which keeps a CRC of data that holds CRCs from degenerating; undone here. */
export function unmaskCrc32c(masked: number): number {
  const turned = (masked - 0xa282ead8) >>> 0;
  return ((turned >>> 17) | (turned << 15)) >>> 0;
}
