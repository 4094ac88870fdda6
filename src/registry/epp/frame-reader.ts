/**
 * Cuts a stream of octets into the data units of RFC 5734 section 4: four octets with the length of
 * the whole, themselves included, then XML. It keeps the memory of what has arrived, never of what
 * a length announces, and says no before it keeps a unit that is too long.
 */
import { asBuffer } from '#base/bytes.ts';

const HEADER_SIZE = 4;
/** The header and an octet of XML. */
const FRAME_SIZE_MIN = HEADER_SIZE + 1;

export class EppFrameReader {
  readonly #sizeMax: number;
  #chunks: Uint8Array[] = [];
  #size = 0;

  /** @param sizeMax octets of a data unit with its header */
  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax;
  }

  /** Octets kept: one incomplete unit, or what came behind the unit in work. */
  get heldSize(): number {
    return this.#size;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }

  /**
   * The XML of the next unit; `undefined`: more octets are needed.
   * @throws RangeError for a length that no unit has: nothing behind it can be read
   */
  next(): Uint8Array | undefined {
    if (this.#size < HEADER_SIZE) return undefined;
    const size = this.#announcedSize();
    if (size < FRAME_SIZE_MIN || size > this.#sizeMax) {
      throw new RangeError(`a data unit has ${FRAME_SIZE_MIN} to ${this.#sizeMax} octets`);
    }
    if (this.#size < size) return undefined;
    const held = this.#join();
    const rest = held.subarray(size);
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#size = rest.length;
    return held.subarray(HEADER_SIZE, size);
  }

  /** Reads the header without joining what came: a unit may come an octet at a time. */
  #announcedSize(): number {
    const [first] = this.#chunks;
    const held = first !== undefined && first.length >= HEADER_SIZE ? first : this.#join();
    return asBuffer(held).readUInt32BE(0);
  }

  #join(): Uint8Array {
    const [first] = this.#chunks;
    if (first !== undefined && this.#chunks.length === 1) return first;
    const joined = new Uint8Array(Buffer.concat(this.#chunks, this.#size));
    this.#chunks = [joined];
    return joined;
  }
}

/** A data unit of this text. */
export function buildFrame(text: string): Uint8Array {
  const size = HEADER_SIZE + Buffer.byteLength(text);
  const frame = Buffer.alloc(size);
  frame.writeUInt32BE(size, 0);
  frame.write(text, HEADER_SIZE);
  return frame;
}
