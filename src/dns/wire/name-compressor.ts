/**
 * Finds where in a message a name, or its ending, has already been written (RFC 1035 section
 * 4.1.4), without regard to case (RFC 4343) unless it is to be kept. An open-addressing table of
 * message offsets, keyed by a hash of the ending from the right; no string is made.
 *
 * Entries are forgotten in the reverse order of their coming, which is what lets linear probing do
 * without tombstones: nothing that stays was ever placed around an entry that goes.
 */
import { lowerOctet, type Name } from './name.ts';

/** A pointer has 14 bits. */
const TARGET_MAX = 0x3fff;
/** Twice the endings that fit in front of the last target, each taking two octets at least. */
const SLOT_COUNT = 16_384;
const LABEL_COUNT_MAX = 127;

export class NameCompressor {
  /** Only names of the same case stand for each other: they are read back as they were. */
  keepsCase = false;
  /** Offsets in the message; 0, in the header, is a free slot. */
  readonly #slots = new Uint16Array(SLOT_COUNT);
  /** The taken slots in the order of their taking. */
  readonly #taken = new Uint16Array(SLOT_COUNT / 2);
  #count = 0;
  /** Of the name at hand: offsets of its labels, and hashes of the endings that begin there. */
  readonly #labelAts = new Uint8Array(LABEL_COUNT_MAX);
  readonly #hashes = new Uint32Array(LABEL_COUNT_MAX);

  /** Number of endings known, to come back to with `forget`. */
  get count(): number {
    return this.#count;
  }

  /** Forgets all but the first `count` endings. */
  forget(count: number): void {
    while (this.#count > count) {
      this.#count -= 1;
      this.#slots[this.#taken[this.#count]] = 0;
    }
  }

  /**
   * Writes the name at `at` of the message, its longest known ending as a pointer, and learns its
   * new endings.
   * @param limit the octets must lie before this
   * @returns the offset behind it, or -1 with nothing learnt when it does not fit
   */
  write(message: Uint8Array, at: number, limit: number, name: Name): number {
    const labelCount = this.#hashEndings(name);
    let known = 0;
    let target = -1;
    while (known < labelCount) {
      target = this.#find(message, name, known);
      if (target >= 0) break;
      known += 1;
    }
    const plainSize = known < labelCount ? this.#labelAts[known] : name.length - 1;
    const end = at + plainSize + (target >= 0 ? 2 : 1);
    if (end > limit) return -1;
    for (let step = 0; step < plainSize; step++) message[at + step] = name[step];
    if (target >= 0) {
      message[end - 2] = 0xc0 | (target >>> 8);
      message[end - 1] = target;
    } else message[end - 1] = 0;
    for (let label = 0; label < known; label++) this.#learn(label, at + this.#labelAts[label]);
    return end;
  }

  #hashEndings(name: Name): number {
    let labelCount = 0;
    for (let at = 0; name[at] !== 0; at += 1 + name[at]) {
      this.#labelAts[labelCount] = at;
      labelCount += 1;
    }
    let hash = 0x811c_9dc5;
    for (let label = labelCount - 1; label >= 0; label--) {
      const at = this.#labelAts[label];
      for (let step = name[at]; step >= 0; step--) {
        hash = Math.imul(hash ^ lowerOctet(name[at + step]), 0x0100_0193);
      }
      this.#hashes[label] = hash ^ (hash >>> 15);
    }
    return labelCount;
  }

  #find(message: Uint8Array, name: Name, label: number): number {
    let slot = this.#hashes[label] % SLOT_COUNT;
    for (;;) {
      const target = this.#slots[slot];
      if (target === 0) return -1;
      if (endsAlike(message, target, name, this.#labelAts[label], this.keepsCase)) return target;
      slot = (slot + 1) % SLOT_COUNT;
    }
  }

  #learn(label: number, target: number): void {
    if (target > TARGET_MAX || this.#count === this.#taken.length) return;
    let slot = this.#hashes[label] % SLOT_COUNT;
    while (this.#slots[slot] !== 0) slot = (slot + 1) % SLOT_COUNT;
    this.#slots[slot] = target;
    this.#taken[this.#count] = slot;
    this.#count += 1;
  }
}

/** True if the name that was written at `target` equals the ending of `name` from `at` on. */
function endsAlike(
  message: Uint8Array,
  target: number,
  name: Name,
  at: number,
  keepsCase: boolean,
): boolean {
  let from = target;
  let label = at;
  for (;;) {
    while (message[from] >= 0xc0) from = ((message[from] & 0x3f) << 8) | message[from + 1];
    const length = message[from];
    if (length !== name[label]) return false;
    if (length === 0) return true;
    for (let step = 1; step <= length; step++) {
      const written = message[from + step];
      const wanted = name[label + step];
      if (written === wanted) continue;
      if (keepsCase || lowerOctet(written) !== lowerOctet(wanted)) return false;
    }
    from += 1 + length;
    label += 1 + length;
  }
}
