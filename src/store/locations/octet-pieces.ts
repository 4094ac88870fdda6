/**
 * Cuts a stream of octets into pieces of one size, for places that take a file in numbered parts.
 * Memory: one piece.
 */

/**
 * Pieces of exactly `size` octets and a last one of up to as many (none for an empty stream). Each
 * is memory of its own.
 */
export async function* cutPieces(
  content: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array> {
  let piece = new Uint8Array(size);
  let filled = 0;
  for await (const chunk of content) {
    for (let at = 0; at < chunk.length; ) {
      const taken = chunk.subarray(at, at + size - filled);
      piece.set(taken, filled);
      filled += taken.length;
      at += taken.length;
      if (filled < size) continue;
      yield piece;
      piece = new Uint8Array(size);
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}
