/**
 * Which serial an address may still answer. A name server is allowed to be behind for as long as
 * the contract gives an update (its time to be served is scored by itself); one that is behind for
 * longer serves old data, and a right-looking answer with old data is a wrong one. Serials compare
 * as RFC 1982 says.
 */
const HALF = 0x8000_0000;

export class SerialWatch {
  readonly #lagMaxMs: number;
  #newest: number | undefined;
  /** When the newest serial was first seen anywhere. */
  #newestSinceMs = 0;

  constructor(lagMaxMs: number) {
    this.#lagMaxMs = lagMaxMs;
  }

  /** Takes note of an answered serial; true if it is older than it may be at `nowMs`. */
  isStale(serial: number, nowMs: number): boolean {
    const newest = this.#newest;
    if (newest === undefined || isNewer(serial, newest)) {
      this.#newest = serial;
      this.#newestSinceMs = nowMs;
      return false;
    }
    return serial !== newest && nowMs - this.#newestSinceMs > this.#lagMaxMs;
  }
}

function isNewer(a: number, b: number): boolean {
  const ahead = (a - b) >>> 0;
  return ahead !== 0 && ahead < HALF;
}
