/** Collects the uncompressed wire form of one record's RDATA, at most 65,535 octets. */
import { CodedError } from '#base/coded-error.ts';

export const RDATA_SIZE_MAX = 65_535;

export class RdataWriter {
  /** The octets so far are `buffer.subarray(0, size)`. */
  readonly buffer: Uint8Array = new Uint8Array(RDATA_SIZE_MAX);
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

  /** A copy of what was written. */
  take(): Uint8Array {
    return this.buffer.slice(0, this.size);
  }

  #reserve(count: number): void {
    if (this.size + count > RDATA_SIZE_MAX) {
      throw new CodedError('RDATA_TOO_LONG', 'RDATA is longer than 65,535 octets');
    }
  }
}
