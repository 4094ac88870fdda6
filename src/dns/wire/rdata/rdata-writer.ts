/**
 * Collects the uncompressed wire form of one record's RDATA, at most 65,535 octets. Made once and
 * reset for each record, so that a load of a million records allocates only what it keeps.
 */
import { CodedError } from '#base/coded-error.ts';
import { NAME_SIZE_MAX } from '../name.ts';

export const RDATA_SIZE_MAX = 65_535;

/** Octets that nearly every RDATA fits in. */
const SIZE_FIRST = 1024;

export class RdataWriter {
  /**
   * The octets so far are `buffer.subarray(0, size)`. There is always room for one more name
   * behind them, which may be written in place and then counted with `advance`.
   */
  buffer: Uint8Array = new Uint8Array(SIZE_FIRST + NAME_SIZE_MAX);
  size = 0;

  reset(): void {
    this.size = 0;
  }

  u8(value: number): void {
    this.#reserve(1);
    this.buffer[this.size] = value;
    this.size += 1;
  }

  u16(value: number): void {
    this.#reserve(2);
    this.buffer[this.size] = value >>> 8;
    this.buffer[this.size + 1] = value;
    this.size += 2;
  }

  u32(value: number): void {
    this.u16(value >>> 16);
    this.u16(value & 0xffff);
  }

  bytes(octets: Uint8Array): void {
    this.#reserve(octets.length);
    this.buffer.set(octets, this.size);
    this.size += octets.length;
  }

  /** The octets `source[start..end)`, without making a view of them. */
  range(source: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start);
    for (let at = start; at < end; at++) this.buffer[this.size + at - start] = source[at];
    this.size += end - start;
  }

  /** Counts octets (a name's at most) that were written in place behind `size`. */
  advance(count: number): void {
    this.#reserve(count);
    this.size += count;
  }

  #grow(): void {
    const larger = new Uint8Array(RDATA_SIZE_MAX + NAME_SIZE_MAX);
    larger.set(this.buffer);
    this.buffer = larger;
  }

  /** A copy of what was written. */
  take(): Uint8Array {
    return this.buffer.slice(0, this.size);
  }

  #reserve(count: number): void {
    if (this.size + count > RDATA_SIZE_MAX) {
      throw new CodedError('RDATA_TOO_LONG', 'RDATA is longer than 65,535 octets');
    }
    if (this.size + count + NAME_SIZE_MAX > this.buffer.length) this.#grow();
  }
}
