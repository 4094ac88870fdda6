/**
 * DNAME: the whole tree below the owner is found below the target (RFC 6672). Its target is never
 * compressed on writing.
 */
import { defineType } from '../fields/field.ts';
import { name } from '../fields/name-field.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const dname: RdataType = defineType({
  code: TYPE.DNAME,
  mnemonic: 'DNAME',
  fields: [name('a target')],
  names: 'folded',
});
