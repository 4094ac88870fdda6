/**
 * SRV: host and port of a service (RFC 2782). Its target is never compressed on writing.
 */
import { defineType } from '../fields/field.ts';
import { name } from '../fields/name-field.ts';
import { u16 } from '../fields/number-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const srv: RdataType = defineType({
  code: TYPE.SRV,
  mnemonic: 'SRV',
  fields: [u16('a priority'), u16('a weight'), u16('a port'), name('a target')],
  names: 'folded',
});
