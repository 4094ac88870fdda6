/**
 * The hash of RFC 5155 section 5: SHA-1 over a name in lower case and a salt, then again over the
 * digest and the salt. Our own SHA-1 (FIPS 180-4) over integers, because node:crypto allocates.
 */
import { NAME_SIZE_MAX } from '#dns/wire/name.ts';

export const NSEC3_HASH_SIZE = 20;
/** Zones with more are answered without proof; RFC 9276 section 3.1 wants 0. */
export const NSEC3_ITERATIONS_MAX = 500;

const SALT_SIZE_MAX = 255;
const BLOCK_SIZE = 64;
/** Room for the longest input, the bit that ends it and its length. */
const INPUT_SIZE_MAX = Math.ceil((NAME_SIZE_MAX + SALT_SIZE_MAX + 9) / BLOCK_SIZE) * BLOCK_SIZE;

export class Nsec3Hash {
  /** The digest of the last `compute`. */
  readonly digest = new Uint8Array(NSEC3_HASH_SIZE);
  readonly #input = new Uint8Array(INPUT_SIZE_MAX);
  readonly #schedule = new Int32Array(80);
  readonly #state = new Int32Array(5);
  #size = 0;

  /** Starts an input. */
  begin(): void {
    this.#size = 0;
  }

  /** Adds `from[at..end)` to the input; name and salt together fit. */
  add(from: Uint8Array, at: number, end: number): void {
    for (let step = at; step < end; step++) {
      this.#input[this.#size] = from[step];
      this.#size += 1;
    }
  }

  /**
   * Hashes the input (the name so far) with the salt at `salt[at..at + size)`.
   * @param iterations additional ones, at most NSEC3_ITERATIONS_MAX
   */
  compute(salt: Uint8Array, at: number, size: number, iterations: number): void {
    for (let round = 0; round <= iterations; round++) {
      this.add(salt, at, at + size);
      this.#hash();
      this.begin();
      if (round < iterations) this.add(this.digest, 0, NSEC3_HASH_SIZE);
    }
  }

  #hash(): void {
    const input = this.#input;
    const bits = this.#size * 8;
    const padded = Math.ceil((this.#size + 9) / BLOCK_SIZE) * BLOCK_SIZE;
    input.fill(0, this.#size, padded);
    input[this.#size] = 0x80;
    input[padded - 2] = bits >> 8;
    input[padded - 1] = bits;
    const state = this.#state;
    state[0] = 0x6745_2301;
    state[1] = 0xefcd_ab89;
    state[2] = 0x98ba_dcfe;
    state[3] = 0x1032_5476;
    state[4] = 0xc3d2_e1f0;
    for (let block = 0; block < padded; block += BLOCK_SIZE) this.#mix(block);
    for (let index = 0; index < 5; index++) {
      const word = state[index];
      this.digest[index * 4] = word >>> 24;
      this.digest[index * 4 + 1] = word >>> 16;
      this.digest[index * 4 + 2] = word >>> 8;
      this.digest[index * 4 + 3] = word;
    }
  }

  #mix(block: number): void {
    const input = this.#input;
    const schedule = this.#schedule;
    const state = this.#state;
    for (let t = 0; t < 16; t++) {
      const at = block + t * 4;
      schedule[t] =
        (input[at] << 24) | (input[at + 1] << 16) | (input[at + 2] << 8) | input[at + 3];
    }
    for (let t = 16; t < 80; t++) {
      const word = schedule[t - 3] ^ schedule[t - 8] ^ schedule[t - 14] ^ schedule[t - 16];
      schedule[t] = (word << 1) | (word >>> 31);
    }
    let a = state[0];
    let b = state[1];
    let c = state[2];
    let d = state[3];
    let e = state[4];
    for (let t = 0; t < 80; t++) {
      let mixed = 0;
      if (t < 20) mixed = ((b & c) | (~b & d)) + 0x5a82_7999;
      else if (t < 40) mixed = (b ^ c ^ d) + 0x6ed9_eba1;
      else if (t < 60) mixed = ((b & c) | (b & d) | (c & d)) + 0x8f1b_bcdc;
      else mixed = (b ^ c ^ d) + 0xca62_c1d6;
      const next = (((a << 5) | (a >>> 27)) + mixed + e + schedule[t]) | 0;
      e = d;
      d = c;
      c = (b << 30) | (b >>> 2);
      b = a;
      a = next;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
  }
}
