/**
 * CSYNC: which types the parent may copy from the child, and from which serial on (RFC 7477 section
 * 2.1).
 */

import { defineType } from '../fields/field.ts';
import { u16, u32 } from '../fields/number-fields.ts';
import { typeBitmap } from '../fields/type-bitmap.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const csync: RdataType = defineType({
  code: TYPE.CSYNC,
  mnemonic: 'CSYNC',
  fields: [u32('a serial'), u16('flags'), typeBitmap(true)],
});
