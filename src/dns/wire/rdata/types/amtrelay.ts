/**
 * AMTRELAY: a relay that brings multicast to networks without it (RFC 8777 section 4). The relay
 * type shares its octet with the bit "discovery optional", which is a number of its own in the
 * text. The name of a relay is neither compressed nor folded.
 */

import { copyOctets, defineType, type Field } from '../fields/field.ts';
import { gatewayOfType } from '../fields/gateway-field.ts';
import { u8 } from '../fields/number-fields.ts';
import { variant } from '../fields/variant-field.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

/** Precedence, and the octet that has the type. */
const HEAD_SIZE = 2;
const TYPE_AT = 1;
const TYPE_MASK = 0x7f;

const discoveryAndType: Field = {
  parse(tokens, out) {
    const discovery = tokens.takeNumber('0 or 1 for optional discovery', 1);
    out.u8((discovery << 7) | tokens.takeNumber('a relay type', TYPE_MASK));
  },
  format: (rdata, at) => `${rdata[at] >>> 7} ${rdata[at] & TYPE_MASK}`,
  read: (message, at, end, out) => copyOctets(message, at, 1, end, out, 'a relay type'),
  size: () => 1,
};

const relay = variant('a relay', [u8('a precedence'), discoveryAndType], HEAD_SIZE, (octets, at) =>
  gatewayOfType(octets[at + TYPE_AT] & TYPE_MASK),
);

export const amtrelay: RdataType = defineType({
  code: TYPE.AMTRELAY,
  mnemonic: 'AMTRELAY',
  fields: [relay],
  hasText: (rdata) => gatewayOfType(rdata[TYPE_AT] & TYPE_MASK) !== undefined,
});
