/**
 * Reads LevelDB's varints (seven bits an octet, least significant first) one after the other, up
 * to an end. What is cut off reads as `undefined`, never past the end.
 */
export class VarintCursor {
  at: number;
  readonly #octets: Uint8Array;
  readonly #end: number;

  constructor(octets: Uint8Array, at: number, end: number) {
    this.at = at;
    this.#octets = octets;
    this.#end = end;
  }

  get isAtEnd(): boolean {
    return this.at >= this.#end;
  }

  varint(): number | undefined {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 42; scale *= 128) {
      if (this.at >= this.#end) return undefined;
      const octet = this.#octets[this.at];
      this.at += 1;
      value += (octet & 0x7f) * scale;
      if (octet < 0x80) return value;
    }
    return undefined;
  }

  /** Steps over octets with their length in front; false when they are cut off. */
  skipString(): boolean {
    const size = this.varint();
    if (size === undefined || this.at + size > this.#end) return false;
    this.at += size;
    return true;
  }
}
