/**
 * PTR: points to another name; reverse zones are made of it (RFC 1035 section 3.3.12).
 */
import { defineType } from '../fields/field.ts';
import { name } from '../fields/name-field.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const ptr: RdataType = defineType({
  code: TYPE.PTR,
  mnemonic: 'PTR',
  fields: [name('a name')],
  names: 'compressed',
});
