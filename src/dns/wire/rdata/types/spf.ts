/**
 * SPF: like TXT; obsolete (RFC 7208 section 3.1), still in old zones.
 */
import { defineType } from '../fields/field.ts';
import { characterStrings } from '../fields/string-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const spf: RdataType = defineType({
  code: TYPE.SPF,
  mnemonic: 'SPF',
  fields: [characterStrings('a string')],
});
