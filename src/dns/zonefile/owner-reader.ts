/**
 * Owner names of master files. Neighbouring records mostly share their owner, so the text of the
 * last one is kept and the same text gives the same Name, without reading it again.
 */
import { LABEL_SIZE_MAX, NAME_SIZE_MAX, type Name, parseNameBytes } from '#dns/wire/name.ts';

const DOT = 0x2e;
const AT = 0x40;
const BACKSLASH = 0x5c;

/** A name of 255 octets, each written as `\DDD`. */
const TEXT_SIZE_MAX = 4 * NAME_SIZE_MAX;

export class OwnerReader {
  readonly #text = new Uint8Array(TEXT_SIZE_MAX);
  #textSize = -1;
  #origin: Name | undefined;
  /** The owner of the record before; `undefined` before the first. */
  owner: Name | undefined;
  readonly #scratch = new Uint8Array(NAME_SIZE_MAX);

  /**
   * The name that stands in `source` from `start` to `end`; becomes `owner`.
   * @throws NameError NAME_INVALID
   */
  read(source: Uint8Array, start: number, end: number, origin: Name): Name {
    if (this.owner !== undefined && origin === this.#origin && this.#isSame(source, start, end)) {
      return this.owner;
    }
    const owner =
      this.#readPlain(source, start, end, origin) ?? readAny(source, start, end, origin);
    this.#keep(owner, origin, source, start, end);
    return owner;
  }

  /** Goes back to an owner met before, as at the end of an included file. */
  restore(owner: Name | undefined): void {
    this.owner = owner;
    this.#textSize = -1;
  }

  #keep(owner: Name, origin: Name, source: Uint8Array, start: number, end: number): void {
    this.owner = owner;
    this.#origin = origin;
    this.#textSize = end - start <= TEXT_SIZE_MAX ? end - start : -1;
    for (let step = 0; step < this.#textSize; step++) this.#text[step] = source[start + step];
  }

  #isSame(source: Uint8Array, start: number, end: number): boolean {
    if (end - start !== this.#textSize) return false;
    const text = this.#text;
    for (let step = this.#textSize - 1; step >= 0; step--) {
      if (source[start + step] !== text[step]) return false;
    }
    return true;
  }

  /** The common case: no escapes, no mistakes. `undefined` leaves it to `parseNameBytes`. */
  #readPlain(source: Uint8Array, start: number, end: number, origin: Name): Name | undefined {
    if (end - start > NAME_SIZE_MAX - 2 || source[start] === AT) return undefined;
    const wire = this.#scratch;
    let labelAt = 0;
    let size = 1;
    for (let at = start; at < end; at++) {
      const octet = source[at];
      if (octet === BACKSLASH) return undefined;
      if (octet !== DOT) {
        wire[size] = octet;
        size += 1;
        continue;
      }
      const labelSize = size - labelAt - 1;
      if (labelSize === 0 || labelSize > LABEL_SIZE_MAX) return undefined;
      wire[labelAt] = labelSize;
      labelAt = size;
      size += 1;
    }
    const labelSize = size - labelAt - 1;
    if (labelSize > LABEL_SIZE_MAX || end === start) return undefined;
    if (labelSize === 0) {
      wire[labelAt] = 0;
      return wire.slice(0, size);
    }
    wire[labelAt] = labelSize;
    if (size + origin.length > NAME_SIZE_MAX) return undefined;
    const name = new Uint8Array(size + origin.length);
    for (let at = 0; at < size; at++) name[at] = wire[at];
    name.set(origin, size);
    return name;
  }
}

function readAny(source: Uint8Array, start: number, end: number, origin: Name): Name {
  if (end - start === 1 && source[start] === AT) return origin;
  return parseNameBytes(source.subarray(start, end), origin);
}
