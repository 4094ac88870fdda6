/**
 * Bit n from the left stands for item n, without trailing zero octets: the ports of WKS (RFC 1035
 * section 3.4.2) and the types of NXT (RFC 2535 section 5.2). NSEC's bitmap in windows came later
 * (`type-bitmap.ts`).
 */
import { WireError } from '#dns/wire/wire-error.ts';
import { copyOctets, type Field } from './field.ts';

export interface FlatBitmapItems {
  /** With its article: 'a port'. */
  what: string;
  /** Below 8. */
  bitMin: number;
  bitMax: number;
  /** The item of a token; `undefined` when it is none. */
  parse: (text: string) => number | undefined;
  format: (item: number) => string;
}

/** Any number of items, to the end of the record. */
export function flatBitmap(items: FlatBitmapItems): Field {
  const { what, bitMin, bitMax } = items;
  return {
    parse(tokens, out) {
      const bitmap = new Uint8Array((bitMax >>> 3) + 1);
      let size = 0;
      while (!tokens.atEnd) {
        const index = tokens.take(what);
        const item = items.parse(tokens.text(index)) ?? -1;
        if (item < bitMin || item > bitMax) tokens.fail(`expected ${what}`, index);
        bitmap[item >>> 3] |= 0x80 >>> (item & 7);
        size = Math.max(size, (item >>> 3) + 1);
      }
      out.range(bitmap, 0, size);
    },
    format: (rdata, at) => itemsOf(rdata, at, rdata.length).map(items.format).join(' '),
    read(message, at, end, out) {
      const isTooLong = end - at > (bitMax >>> 3) + 1;
      const endsInZero = end > at && message[end - 1] === 0;
      const hasItemBelow = end > at && message[at] >= 0x100 >>> bitMin;
      if (isTooLong || endsInZero || hasItemBelow) {
        throw new WireError('WIRE_RDATA', `bad bitmap where each bit is ${what}`);
      }
      return copyOctets(message, at, end - at, end, out, what);
    },
    size: (rdata, at) => rdata.length - at,
  };
}

function itemsOf(octets: Uint8Array, at: number, end: number): number[] {
  const found: number[] = [];
  for (let bit = 0; bit < (end - at) * 8; bit++) {
    if ((octets[at + (bit >>> 3)] & (0x80 >>> (bit & 7))) !== 0) found.push(bit);
  }
  return found;
}
