/**
 * Cuts a stream of octets into frames with a 16-bit length in front (RFC 1035 section 4.2.2,
 * RFC 7766 section 8), however the octets arrive: a length split over two chunks, many frames in
 * one. Whole frames are read where they lie; only an incomplete one is copied and kept, and it
 * takes the memory of what has arrived, never of what its length announces.
 */

/** Gets one frame; false stops: the rest is kept until `resume`. */
export type FrameSink = (octets: Uint8Array, at: number, size: number) => boolean;

const LENGTH_SIZE = 2;

export class FrameReader {
  readonly #sink: FrameSink;
  #held: Uint8Array = new Uint8Array(0);
  #heldSize = 0;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** Octets kept: an incomplete frame, or frames that the sink did not want yet. */
  get heldSize(): number {
    return this.#heldSize;
  }

  /** Hands out every frame that `chunk` completes. */
  push(chunk: Uint8Array): void {
    if (this.#heldSize === 0) {
      const read = this.#readFrames(chunk, chunk.length);
      if (read < chunk.length) this.#hold(chunk.subarray(read));
      return;
    }
    this.#hold(chunk);
    this.resume();
  }

  /** Goes on with what is held. */
  resume(): void {
    const read = this.#readFrames(this.#held, this.#heldSize);
    if (read === 0) return;
    this.#heldSize -= read;
    // Small remainders move to memory of their own size: one long frame is not kept for ever.
    this.#held = this.#held.slice(read, read + this.#heldSize);
  }

  #readFrames(octets: Uint8Array, size: number): number {
    let at = 0;
    while (size - at >= LENGTH_SIZE) {
      const frameSize = (octets[at] << 8) | octets[at + 1];
      const end = at + LENGTH_SIZE + frameSize;
      if (end > size) break;
      const isWanted = this.#sink(octets, at + LENGTH_SIZE, frameSize);
      at = end;
      if (!isWanted) break;
    }
    return at;
  }

  #hold(chunk: Uint8Array): void {
    const size = this.#heldSize + chunk.length;
    if (size > this.#held.length) {
      const grown = new Uint8Array(Math.max(size, Math.min(this.#held.length * 2, 65_537)));
      grown.set(this.#held.subarray(0, this.#heldSize));
      this.#held = grown;
    }
    this.#held.set(chunk, this.#heldSize);
    this.#heldSize = size;
  }
}
