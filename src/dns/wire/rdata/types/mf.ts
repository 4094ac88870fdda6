/**
 * MF: a host with a mail agent that forwards mail for the owner (RFC 1035 section 3.3.5); MX
 * replaced it.
 */

import { defineType } from '../fields/field.ts';
import { name } from '../fields/name-field.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const mf: RdataType = defineType({
  code: TYPE.MF,
  mnemonic: 'MF',
  fields: [name('a mail agent')],
  names: 'compressed',
});
