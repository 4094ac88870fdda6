/**
 * PX: a mail domain and the X.400 domain that it maps to (RFC 2163 section 4).
 */

import { defineType } from '../fields/field.ts';
import { name } from '../fields/name-field.ts';
import { u16 } from '../fields/number-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const px: RdataType = defineType({
  code: TYPE.PX,
  mnemonic: 'PX',
  fields: [u16('a preference'), name('an internet mail domain'), name('an X.400 domain')],
  names: 'folded',
});
