/**
 * TXT: one or more strings (RFC 1035 section 3.3.14), printed in quotes and cut as they were given.
 */
import { defineType } from '../fields/field.ts';
import { characterStrings } from '../fields/string-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const txt: RdataType = defineType({
  code: TYPE.TXT,
  mnemonic: 'TXT',
  fields: [characterStrings('a string')],
});
