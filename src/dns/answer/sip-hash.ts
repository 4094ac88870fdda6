/**
 * SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash of 64 bits, which RFC 9018 makes server
 * cookies with. Our own code over 32-bit halves, because node:crypto has none and 64-bit integers
 * of the language allocate. Octets are little endian throughout, as in the reference.
 */

export const SIP_KEY_SIZE = 16;
export const SIP_HASH_SIZE = 8;

const BLOCK_SIZE = 8;
/** Rounds per block, and after the last. */
const BLOCK_ROUNDS = 2;
const FINAL_ROUNDS = 4;

export class SipHash {
  /** Of the last `compute`. */
  readonly digest = new Uint8Array(SIP_HASH_SIZE);
  /** v0 to v3, each as low and high half. */
  readonly #state = new Int32Array(8);

  /** Hashes `input[0..size)` with the key at `keys[keyAt..keyAt + SIP_KEY_SIZE)`. */
  compute(keys: Uint8Array, keyAt: number, input: Uint8Array, size: number): void {
    const state = this.#state;
    const key0Low = readLittle(keys, keyAt);
    const key0High = readLittle(keys, keyAt + 4);
    const key1Low = readLittle(keys, keyAt + 8);
    const key1High = readLittle(keys, keyAt + 12);
    state[0] = key0Low ^ 0x7073_6575;
    state[1] = key0High ^ 0x736f_6d65;
    state[2] = key1Low ^ 0x6e64_6f6d;
    state[3] = key1High ^ 0x646f_7261;
    state[4] = key0Low ^ 0x6e65_7261;
    state[5] = key0High ^ 0x6c79_6765;
    state[6] = key1Low ^ 0x7974_6573;
    state[7] = key1High ^ 0x7465_6462;
    let at = 0;
    for (; at + BLOCK_SIZE <= size; at += BLOCK_SIZE) {
      this.#block(readLittle(input, at), readLittle(input, at + 4));
    }
    this.#lastBlock(input, at, size);
    state[4] ^= 0xff;
    this.#rounds(FINAL_ROUNDS);
    const low = state[0] ^ state[2] ^ state[4] ^ state[6];
    const high = state[1] ^ state[3] ^ state[5] ^ state[7];
    for (let step = 0; step < 4; step++) {
      this.digest[step] = low >>> (step * 8);
      this.digest[4 + step] = high >>> (step * 8);
    }
  }

  /** What is left of the input, and in the highest octet its size. */
  #lastBlock(input: Uint8Array, from: number, size: number): void {
    let low = 0;
    let high = size << 24;
    for (let at = from; at < size; at++) {
      const shift = (at - from) * 8;
      if (shift < 32) low |= input[at] << shift;
      else high |= input[at] << (shift - 32);
    }
    this.#block(low, high);
  }

  #block(low: number, high: number): void {
    const state = this.#state;
    state[6] ^= low;
    state[7] ^= high;
    this.#rounds(BLOCK_ROUNDS);
    state[0] ^= low;
    state[1] ^= high;
  }

  /** A sum's high half takes a carry when its low half is less than what was added. */
  #rounds(count: number): void {
    const state = this.#state;
    let a = state[0];
    let b = state[1];
    let c = state[2];
    let d = state[3];
    let e = state[4];
    let f = state[5];
    let g = state[6];
    let h = state[7];
    let old = 0;
    for (let round = 0; round < count; round++) {
      // v0 += v1, v1 <<<= 13, v1 ^= v0, v0 <<<= 32
      a = (a + c) | 0;
      b = (b + d + (a >>> 0 < c >>> 0 ? 1 : 0)) | 0;
      old = c;
      c = ((c << 13) | (d >>> 19)) ^ a;
      d = ((d << 13) | (old >>> 19)) ^ b;
      old = a;
      a = b;
      b = old;
      // v2 += v3, v3 <<<= 16, v3 ^= v2
      e = (e + g) | 0;
      f = (f + h + (e >>> 0 < g >>> 0 ? 1 : 0)) | 0;
      old = g;
      g = ((g << 16) | (h >>> 16)) ^ e;
      h = ((h << 16) | (old >>> 16)) ^ f;
      // v0 += v3, v3 <<<= 21, v3 ^= v0
      a = (a + g) | 0;
      b = (b + h + (a >>> 0 < g >>> 0 ? 1 : 0)) | 0;
      old = g;
      g = ((g << 21) | (h >>> 11)) ^ a;
      h = ((h << 21) | (old >>> 11)) ^ b;
      // v2 += v1, v1 <<<= 17, v1 ^= v2, v2 <<<= 32
      e = (e + c) | 0;
      f = (f + d + (e >>> 0 < c >>> 0 ? 1 : 0)) | 0;
      old = c;
      c = ((c << 17) | (d >>> 15)) ^ e;
      d = ((d << 17) | (old >>> 15)) ^ f;
      old = e;
      e = f;
      f = old;
    }
    state[0] = a;
    state[1] = b;
    state[2] = c;
    state[3] = d;
    state[4] = e;
    state[5] = f;
    state[6] = g;
    state[7] = h;
  }
}

function readLittle(octets: Uint8Array, at: number): number {
  return octets[at] | (octets[at + 1] << 8) | (octets[at + 2] << 16) | (octets[at + 3] << 24);
}
