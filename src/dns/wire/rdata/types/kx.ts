/**
 * KX: a host that exchanges keys for the owner (RFC 2230 section 3).
 */

import { defineType } from '../fields/field.ts';
import { name } from '../fields/name-field.ts';
import { u16 } from '../fields/number-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const kx: RdataType = defineType({
  code: TYPE.KX,
  mnemonic: 'KX',
  fields: [u16('a preference'), name('an exchanger')],
  names: 'folded',
});
