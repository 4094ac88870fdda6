/**
 * A name taken apart for looking up: lower case, where its labels begin, and the hash of every
 * suffix, in one pass from the right. Preallocated and reused: each answerer and writer has its
 * own.
 *
 * The hash (FNV-1a over length octets and octets, rightmost label first, from a seed drawn when the
 * image is made) of `www.example.com` continues that of `example.com`, so one pass gives the keys
 * of all ancestors, and a child's key is cheap to make from its parent's.
 */
import { NAME_SIZE_MAX } from '#dns/wire/name.ts';

/** 127 labels and the root. */
const LABEL_COUNT_MAX = 128;

export class LookupName {
  /** Wire form in lower case; `size` octets count. */
  readonly octets = new Uint8Array(NAME_SIZE_MAX + 1);
  /** Where label k begins in `octets`, leftmost first; entry `labels` is the root's. */
  readonly labelAt = new Uint8Array(LABEL_COUNT_MAX);
  /** Where label k stands in the message that the name was read from. */
  readonly positions = new Uint16Array(LABEL_COUNT_MAX);
  /** Hash of the name that begins with label k. */
  readonly hashes = new Int32Array(LABEL_COUNT_MAX);
  size = 0;
  /** The root not counted. */
  labels = 0;

  /**
   * Reads a question's name, in which compression has no place (nothing stands before it).
   * @returns offset behind the name, or -1 when it is no name
   */
  readQuestion(query: Uint8Array, base: number, end: number, headerSize: number): number {
    let from = base + headerSize;
    let size = 0;
    let labels = 0;
    for (;;) {
      if (from >= end) return -1;
      const length = query[from];
      if (length > 63) return -1;
      const next = from + 1 + length;
      if (next > end || size + 1 + length > NAME_SIZE_MAX) return -1;
      this.labelAt[labels] = size;
      this.positions[labels] = from - base;
      if (length === 0) break;
      labels += 1;
      this.octets[size] = length;
      size += 1;
      for (from += 1; from < next; from++) {
        const octet = query[from];
        this.octets[size] = octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet;
        size += 1;
      }
    }
    this.octets[size] = 0;
    this.size = size + 1;
    this.labels = labels;
    return this.size <= NAME_SIZE_MAX ? from + 1 : -1;
  }

  /**
   * Reads a name that we ourselves wrote into a reply that begins at `base`, following compression
   * pointers. @returns false when the whole name would exceed 255 octets
   */
  readReply(reply: Uint8Array, base: number, at: number): boolean {
    let from = at;
    let size = 0;
    let labels = 0;
    for (;;) {
      const length = reply[from];
      if (length >= 0xc0) {
        from = base + (((length & 0x3f) << 8) | reply[from + 1]);
        continue;
      }
      if (size + 1 + length > NAME_SIZE_MAX) return false;
      this.labelAt[labels] = size;
      this.positions[labels] = from - base;
      this.octets[size] = length;
      size += 1;
      if (length === 0) break;
      labels += 1;
      const next = from + 1 + length;
      for (from += 1; from < next; from++) {
        const octet = reply[from];
        this.octets[size] = octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet;
        size += 1;
      }
    }
    this.size = size;
    this.labels = labels;
    return true;
  }

  /** Takes an uncompressed name that is known to be valid. */
  readName(name: Uint8Array): void {
    this.readReply(name, 0, 0);
  }

  /** Fills `hashes`. */
  hash(seed: number): void {
    const { octets, labelAt, hashes } = this;
    let hash = seed;
    hashes[this.labels] = hash;
    for (let label = this.labels - 1; label >= 0; label--) {
      const start = labelAt[label];
      const end = start + 1 + octets[start];
      for (let at = start; at < end; at++) hash = Math.imul(hash ^ octets[at], 0x0100_0193);
      hashes[label] = hash;
    }
  }
}

/** Hash of the child `*` of a name with this hash. */
export function wildcardHash(hash: number): number {
  return Math.imul(Math.imul(hash ^ 1, 0x0100_0193) ^ 0x2a, 0x0100_0193);
}

/** Spreads a hash over the slots of a table: multiply and shift alone leave the low bits poor. */
export function spreadHash(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  return mixed ^ (mixed >>> 13);
}
