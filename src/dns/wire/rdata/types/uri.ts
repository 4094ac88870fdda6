/**
 * URI: priority, weight and the URI itself, which is not empty (RFC 7553 section 4).
 */
import { defineType } from '../fields/field.ts';
import { u16 } from '../fields/number-fields.ts';
import { longText } from '../fields/string-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const uri: RdataType = defineType({
  code: TYPE.URI,
  mnemonic: 'URI',
  fields: [u16('a priority'), u16('a weight'), longText('a URI', 1)],
});
