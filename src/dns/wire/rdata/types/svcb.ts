/**
 * SVCB: where and how a service is reached (RFC 9460). Priority 0 is AliasMode, where parameters
 * are allowed and ignored (section 2.4.2). The target is never compressed nor folded.
 */
import { defineType } from '../fields/field.ts';
import { name } from '../fields/name-field.ts';
import { u16 } from '../fields/number-fields.ts';
import { svcParams } from '../fields/svc-params.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const svcb: RdataType = defineType({
  code: TYPE.SVCB,
  mnemonic: 'SVCB',
  fields: [u16('a priority'), name('a target'), svcParams],
});
