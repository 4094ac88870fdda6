/**
 * Type mnemonics of master files, read from octets: a zone names few types millions of times, so
 * the octets of each are remembered and no string is made for one that was met before.
 */
import { typeOfMnemonic } from '#dns/wire/rdata/registry.ts';
import { isMetaType } from '#dns/wire/rdata/type-codes.ts';

const SLOT_COUNT = 64;

interface Slot {
  octets: Uint8Array;
  type: number;
}

export class TypeReader {
  /** Direct mapped: a slot keeps the last mnemonic that fell on it. */
  readonly #slots: (Slot | undefined)[] = Array.from({ length: SLOT_COUNT }, () => undefined);

  /**
   * The type of the token in `source` from `start` to `end`, or `undefined` if there is no such
   * type or none that a zone may hold (question and meta types, RFC 6895 section 3.1).
   */
  read(source: Uint8Array, start: number, end: number): number | undefined {
    const size = end - start;
    const index = (size * 37 + source[start] * 5 + source[end - 1]) % SLOT_COUNT;
    const slot = this.#slots[index];
    if (slot !== undefined && isSame(slot.octets, source, start, size)) return slot.type;
    const octets = source.slice(start, end);
    const type = typeOfMnemonic(String.fromCharCode(...octets.subarray(0, MNEMONIC_SIZE_MAX)));
    if (type === undefined || size > MNEMONIC_SIZE_MAX || isMetaType(type)) return undefined;
    this.#slots[index] = { octets, type };
    return type;
  }
}

const MNEMONIC_SIZE_MAX = 32;

function isSame(octets: Uint8Array, source: Uint8Array, start: number, size: number): boolean {
  if (octets.length !== size) return false;
  for (let step = 0; step < size; step++) {
    if (octets[step] !== source[start + step]) return false;
  }
  return true;
}
