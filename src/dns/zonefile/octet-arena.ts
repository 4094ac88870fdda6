/**
 * Octets and numbers by the million without an object for each: octet strings end to end in large
 * blocks, found by a 32-bit reference, and columns of 32-bit numbers that grow by half.
 *
 *     reference = block number << 22 | offset in the block   (4 MiB a block, 4 GiB in all)
 */
import { CodedError } from '#base/coded-error.ts';

const BLOCK_BITS = 22;
const BLOCK_SIZE = 1 << BLOCK_BITS;
/** The first block, for the many zones that need no more; the next ones are larger. */
const BLOCK_SIZE_FIRST = 1 << 14;
const BLOCK_COUNT_MAX = 1 << (32 - BLOCK_BITS);

export class OctetArena {
  readonly #blocks: Uint8Array<ArrayBuffer>[] = [];
  /** Size of the last block, and its first free octet. */
  #room = 0;
  #free = 0;

  /**
   * Stores a copy of `octets[0..size)`.
   * @returns its reference
   * @throws CodedError ZONEFILE_TOO_LARGE at 4 GiB
   */
  add(octets: Uint8Array, size: number): number {
    if (this.#free + size > this.#room) this.#addBlock(size);
    const index = this.#blocks.length - 1;
    const block = this.#blocks[index];
    const at = this.#free;
    for (let step = 0; step < size; step++) block[at + step] = octets[step];
    this.#free += size;
    return index * BLOCK_SIZE + at;
  }

  /** The `size` octets at a reference: a view. */
  view(reference: number, size: number): Uint8Array {
    const at = reference & (BLOCK_SIZE - 1);
    return this.block(reference).subarray(at, at + size);
  }

  /** The block that a reference points into, for reading without a view; see `offset`. */
  block(reference: number): Uint8Array {
    return this.#blocks[reference >>> BLOCK_BITS];
  }

  /** Where in its block a reference points. */
  offset(reference: number): number {
    return reference & (BLOCK_SIZE - 1);
  }

  /** Gives the memory back at once, without waiting to be collected; nothing may be read after. */
  release(): void {
    for (const block of this.#blocks) releaseMemory(block);
  }

  #addBlock(needed: number): void {
    if (this.#blocks.length === BLOCK_COUNT_MAX) {
      throw new CodedError(
        'ZONEFILE_TOO_LARGE',
        'the zone holds more than 4 GiB of names and data',
      );
    }
    const larger = Math.max(BLOCK_SIZE_FIRST, this.#room * 4, needed);
    this.#room = Math.min(BLOCK_SIZE, larger);
    this.#blocks.push(new Uint8Array(this.#room));
    this.#free = 0;
  }
}

const COLUMN_SIZE_FIRST = 256;

/** A list of 32-bit unsigned numbers. */
export class NumberColumn {
  #numbers = new Uint32Array(COLUMN_SIZE_FIRST);
  size = 0;

  add(value: number): void {
    if (this.size === this.#numbers.length) {
      const sizeBytes = Math.ceil(this.size * 1.5) * Uint32Array.BYTES_PER_ELEMENT;
      this.#numbers = new Uint32Array(this.#numbers.buffer.transfer(sizeBytes));
    }
    this.#numbers[this.size] = value;
    this.size += 1;
  }

  at(index: number): number {
    return this.#numbers[index];
  }

  /** Gives the memory back at once, without waiting to be collected; nothing may be read after. */
  release(): void {
    releaseMemory(this.#numbers);
  }
}

/** What is small is collected sooner than it is given back. */
function releaseMemory({ buffer }: Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer>): void {
  if (buffer.byteLength > BLOCK_SIZE_FIRST) buffer.transfer(0);
}
