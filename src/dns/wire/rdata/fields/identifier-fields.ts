/**
 * Identifiers of a fixed size in groups of hexadecimal digits: EUI-48 and EUI-64 (RFC 7043), and
 * the 64 bits of NID and L64 (RFC 6742), which have the form of half an IPv6 address without `::`.
 */
import { parseHex } from '#base/bytes.ts';
import { readU16 } from '#dns/wire/header.ts';
import { copyOctets, type Field } from './field.ts';

/** Octets as two digits each, with hyphens between: `00-00-5e-00-53-2a`. */
export function extendedIdentifier(what: string, size: number): Field {
  const pattern = new RegExp(`^[0-9a-f]{2}(-[0-9a-f]{2}){${size - 1}}$`, 'i');
  return {
    parse(tokens, out) {
      const text = tokens.takeText(what);
      const octets = pattern.test(text) ? parseHex(text.replaceAll('-', '')) : undefined;
      if (octets === undefined) tokens.fail(`expected ${what} of ${size} octets like 00-5e-...`);
      else out.bytes(octets);
    },
    format: (rdata, at) =>
      Array.from(rdata.subarray(at, at + size), (octet) =>
        octet.toString(16).padStart(2, '0'),
      ).join('-'),
    read: (message, at, end, out) => copyOctets(message, at, size, end, out, what),
    size: () => size,
  };
}

/** Four groups of up to four digits: `2001:db8:1140:1000`. Printed without leading zeros. */
export function locator64(what: string): Field {
  return {
    parse(tokens, out) {
      const text = tokens.takeText(what);
      if (!/^[0-9a-f]{1,4}(:[0-9a-f]{1,4}){3}$/i.test(text)) {
        tokens.fail(`expected ${what} in four groups like 2001:db8:1140:1000`);
      }
      for (const group of text.split(':')) out.u16(Number.parseInt(group, 16));
    },
    format: (rdata, at) =>
      [0, 2, 4, 6].map((step) => readU16(rdata, at + step).toString(16)).join(':'),
    read: (message, at, end, out) => copyOctets(message, at, 8, end, out, what),
    size: () => 8,
  };
}
