/**
 * AAAA: an IPv6 address of the host (RFC 3596).
 */

import { ipv6 } from '../fields/address-fields.ts';
import { defineType } from '../fields/field.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const aaaa: RdataType = defineType({
  code: TYPE.AAAA,
  mnemonic: 'AAAA',
  fields: [ipv6],
});
