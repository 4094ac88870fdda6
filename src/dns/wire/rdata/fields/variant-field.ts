/**
 * Fields that earlier fields decide on: the gateway of IPSECKEY and AMTRELAY by its type, the
 * suffix of A6 by its length. Head and tail make one field, so that a field still never looks at
 * its neighbours.
 *
 *     | head (fixed size) | tail: which fields it has, the head says |
 */
import { copyOctets, type Field, formatFields, sizeOfFields } from './field.ts';

/**
 * @param headSize octets of the head
 * @param tailOf the fields of the tail for the head at `at`; `undefined` when it means nothing to
 *   us: its text is refused, and its octets are taken as they are to the end of the RDATA, which
 *   the type must then declare to have no text (`hasText`)
 */
export function variant(
  what: string,
  head: readonly Field[],
  headSize: number,
  tailOf: (octets: Uint8Array, at: number) => readonly Field[] | undefined,
): Field {
  return {
    parse(tokens, out) {
      const at = out.size;
      for (const field of head) field.parse(tokens, out);
      const tail = tailOf(out.buffer, at) ?? tokens.fail(`expected ${what} of a known kind`);
      for (const field of tail) field.parse(tokens, out);
    },
    format: (rdata, at) => formatFields([...head, ...(tailOf(rdata, at) ?? [])], rdata, at),
    read(message, at, end, out) {
      let next = at;
      for (const field of head) next = field.read(message, next, end, out);
      const tail = tailOf(message, at);
      if (tail === undefined) return copyOctets(message, next, end - next, end, out, what);
      for (const field of tail) next = field.read(message, next, end, out);
      return next;
    },
    size(rdata, at) {
      const tail = tailOf(rdata, at);
      if (tail === undefined) return rdata.length - at;
      return headSize + sizeOfFields(tail, rdata, at + headSize);
    },
    names(rdata, at) {
      const found: number[] = [];
      let next = at + headSize;
      for (const field of tailOf(rdata, at) ?? []) {
        found.push(...(field.names?.(rdata, next) ?? []));
        next += field.size(rdata, next);
      }
      return found;
    },
  };
}
