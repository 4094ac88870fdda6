/**
 * A6: an IPv6 address of which the first bits are those of another name (RFC 2874 section 3;
 * historic since RFC 6563).
 */

import { WireError } from '#dns/wire/wire-error.ts';
import { formatIpv6, parseIpv6Into } from '../address-text.ts';
import { copyOctets, defineType, type Field } from '../fields/field.ts';
import { name } from '../fields/name-field.ts';
import { u8 } from '../fields/number-fields.ts';
import { variant } from '../fields/variant-field.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

const ADDRESS_SIZE = 16;
const prefixName = name('a prefix name');

/**
 * The bits behind a prefix of `prefix` bits, in whole octets, of which the bits that belong to the
 * prefix are zero; an address in text.
 */
function suffix(prefix: number): Field {
  const firstOctet = prefix >>> 3;
  const size = ADDRESS_SIZE - firstOctet;
  const mask = 0xff >>> (prefix & 7);
  return {
    parse(tokens, out) {
      const index = tokens.take('an address suffix');
      const { source, starts, ends } = tokens;
      const whole = new Uint8Array(ADDRESS_SIZE);
      if (!parseIpv6Into(source, starts[index], ends[index], whole, 0)) {
        tokens.fail('expected an address suffix like an IPv6 address', index);
      }
      whole[firstOctet] &= mask;
      out.range(whole, firstOctet, ADDRESS_SIZE);
    },
    format(rdata, at) {
      const whole = new Uint8Array(ADDRESS_SIZE);
      whole.set(rdata.subarray(at, at + size), firstOctet);
      return formatIpv6(whole, 0);
    },
    read(message, at, end, out) {
      const next = copyOctets(message, at, size, end, out, 'an address suffix');
      if ((message[at] & ~mask) === 0) return next;
      throw new WireError('WIRE_RDATA', 'A6: bits of the prefix are in the suffix');
    },
    size: () => size,
  };
}

const prefixLength: Field = {
  ...u8('a prefix length'),
  parse: (tokens, out) => out.u8(tokens.takeNumber('a prefix length', 128)),
};

const address = variant('an address', [prefixLength], 1, (octets, at) => {
  const prefix = octets[at];
  if (prefix === 0) return [suffix(prefix)];
  return prefix < 128 ? [suffix(prefix), prefixName] : [prefixName];
});

export const a6: RdataType = defineType({
  code: TYPE.A6,
  mnemonic: 'A6',
  fields: [address],
  names: 'folded',
  check: (rdata) => (rdata[0] <= 128 ? undefined : `a prefix of ${rdata[0]} bits`),
});
