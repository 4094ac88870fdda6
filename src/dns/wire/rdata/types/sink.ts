/**
 * SINK: data of any coding (draft-eastlake-kitchen-sink section 2): meaning, coding and subcoding
 * by number, then the data in base 64, if any.
 */

import { optionalBase64 } from '../fields/binary-fields.ts';
import { defineType } from '../fields/field.ts';
import { u8 } from '../fields/number-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const sink: RdataType = defineType({
  code: TYPE.SINK,
  mnemonic: 'SINK',
  fields: [u8('a meaning'), u8('a coding'), u8('a subcoding'), optionalBase64('data')],
});
