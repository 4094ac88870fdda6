/**
 * RESINFO: what a resolver says of itself, as strings `key` or `key=value` (RFC 9606 section 3).
 */

import { defineType } from '../fields/field.ts';
import { characterStrings } from '../fields/string-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const resinfo: RdataType = defineType({
  code: TYPE.RESINFO,
  mnemonic: 'RESINFO',
  fields: [characterStrings('a string')],
});
