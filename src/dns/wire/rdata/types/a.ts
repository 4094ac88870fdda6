/**
 * A: an IPv4 address of the host (RFC 1035 section 3.4.1).
 */

import { ipv4 } from '../fields/address-fields.ts';
import { defineType } from '../fields/field.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const a: RdataType = defineType({
  code: TYPE.A,
  mnemonic: 'A',
  fields: [ipv4],
});
