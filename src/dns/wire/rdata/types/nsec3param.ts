/**
 * NSEC3PARAM: how the zone's NSEC3 chain is hashed (RFC 5155 section 4).
 */

import { salt } from '../fields/binary-fields.ts';
import { defineType } from '../fields/field.ts';
import { u8, u16 } from '../fields/number-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const nsec3param: RdataType = defineType({
  code: TYPE.NSEC3PARAM,
  mnemonic: 'NSEC3PARAM',
  fields: [u8('a hash algorithm'), u8('flags'), u16('iterations'), salt('a salt')],
});
