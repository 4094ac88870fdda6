/**
 * IPSECKEY: a public key for IPsec with the owner, and the gateway to reach it through (RFC 4025
 * section 2). The name of a gateway is neither compressed nor folded.
 */

import { optionalBase64 } from '../fields/binary-fields.ts';
import { defineType } from '../fields/field.ts';
import { gatewayOfType } from '../fields/gateway-field.ts';
import { u8 } from '../fields/number-fields.ts';
import { variant } from '../fields/variant-field.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

/** Precedence, gateway type and algorithm come before the gateway. */
const HEAD_SIZE = 3;
const TYPE_AT = 1;

const keyHead = variant(
  'a gateway',
  [u8('a precedence'), u8('a gateway type'), u8('an algorithm')],
  HEAD_SIZE,
  (octets, at) => gatewayOfType(octets[at + TYPE_AT]),
);

export const ipseckey: RdataType = defineType({
  code: TYPE.IPSECKEY,
  mnemonic: 'IPSECKEY',
  fields: [keyHead, optionalBase64('a public key')],
  hasText: (rdata) => gatewayOfType(rdata[TYPE_AT]) !== undefined,
});
