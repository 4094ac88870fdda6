/**
 * MX: a host that takes mail for the owner, the lowest preference first (RFC 1035 section 3.3.9,
 * RFC 7505 for the null MX `0 .`).
 */
import { defineType } from '../fields/field.ts';
import { name } from '../fields/name-field.ts';
import { u16 } from '../fields/number-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const mx: RdataType = defineType({
  code: TYPE.MX,
  mnemonic: 'MX',
  fields: [u16('a preference'), name('a mail exchanger')],
  names: 'compressed',
});
