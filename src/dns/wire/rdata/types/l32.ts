/**
 * L32: a 32-bit locator of ILNP, written as an IPv4 address (RFC 6742 section 2.2).
 */

import { ipv4 } from '../fields/address-fields.ts';
import { defineType } from '../fields/field.ts';
import { u16 } from '../fields/number-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const l32: RdataType = defineType({
  code: TYPE.L32,
  mnemonic: 'L32',
  fields: [u16('a preference'), ipv4],
});
