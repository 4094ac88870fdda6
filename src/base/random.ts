/**
 * Randomness, and the only place that asks the system for it. Tests open a seeded source and print
 * the seed, so that a failure can be run again.
 */
import { randomBytes } from 'node:crypto';

export interface Random {
  /** `count` random octets, fresh memory. */
  bytes(count: number): Uint8Array;
  /** A whole number in [0, limit), limit at most 2^32. */
  below(limit: number): number;
}

/** Cryptographically strong: for keys, tokens, message ids. */
export function systemRandom(): Random {
  return {
    bytes: (count) => new Uint8Array(randomBytes(count)),
    below: (limit) => Math.floor((randomBytes(4).readUInt32LE(0) / 0x1_0000_0000) * limit),
  };
}

/** Repeatable (mulberry32): for tests and for jitter that must be replayed. Never for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  return {
    bytes: (count) => Uint8Array.from({ length: count }, () => next() & 0xff),
    below: (limit) => Math.floor((next() / 0x1_0000_0000) * limit),
  };
}
