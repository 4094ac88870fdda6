/**
 * Numbers that have names in an IANA registry. The text may give either; what is printed is the
 * number, or the name where the type's own RFC and the DNS tools print it.
 */
import type { RdataWriter } from '../rdata-writer.ts';
import type { Field } from './field.ts';
import { u8, u16 } from './number-fields.ts';

/** Numbers by their names in capitals. */
export type NumbersByName = ReadonlyMap<string, number>;
/** What to print for a number; those that are missing are printed as numbers. */
export type NamesByNumber = ReadonlyMap<number, string>;

const NO_NAMES: NamesByNumber = new Map();

/** One octet. `what` with its article: 'a protocol'. */
export function namedU8(what: string, numbers: NumbersByName, printed = NO_NAMES): Field {
  return withNames(u8(what), (out, value) => out.u8(value), numbers, printed);
}

/** Two octets. */
export function namedU16(what: string, numbers: NumbersByName, printed = NO_NAMES): Field {
  return withNames(u16(what), (out, value) => out.u16(value), numbers, printed);
}

function withNames(
  number: Field,
  write: (out: RdataWriter, value: number) => void,
  numbers: NumbersByName,
  printed: NamesByNumber,
): Field {
  return {
    ...number,
    parse(tokens, out) {
      const { position } = tokens;
      // A number is told from a name by its first octet, so that numbers cost no string.
      const isName = !tokens.atEnd && tokens.source[tokens.starts[position]] > 0x39;
      const value = isName ? numbers.get(tokens.text(position).toUpperCase()) : undefined;
      if (value === undefined) return number.parse(tokens, out);
      tokens.seek(position + 1);
      return write(out, value);
    },
    format(rdata, at) {
      const text = number.format(rdata, at);
      return printed.get(Number(text)) ?? text;
    },
  };
}

/** The printed names of numbers, each of which has one name in `numbers`. */
export function namesByNumber(numbers: NumbersByName): NamesByNumber {
  return new Map([...numbers].map(([name, value]) => [value, name]));
}
