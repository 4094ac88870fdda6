/**
 * CNAME: the owner is another name for the target (RFC 1035 section 3.3.1).
 */
import { defineType } from '../fields/field.ts';
import { name } from '../fields/name-field.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const cname: RdataType = defineType({
  code: TYPE.CNAME,
  mnemonic: 'CNAME',
  fields: [name('a canonical name')],
  names: 'compressed',
});
