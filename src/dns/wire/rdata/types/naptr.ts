/**
 * NAPTR: a rule that rewrites a key into a URI or the next name to ask (RFC 3403 section 4).
 */
import { defineType } from '../fields/field.ts';
import { name } from '../fields/name-field.ts';
import { u16 } from '../fields/number-fields.ts';
import { characterString } from '../fields/string-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const naptr: RdataType = defineType({
  code: TYPE.NAPTR,
  mnemonic: 'NAPTR',
  fields: [
    u16('an order'),
    u16('a preference'),
    characterString('flags'),
    characterString('services'),
    characterString('a regular expression'),
    name('a replacement'),
  ],
  names: 'folded',
});
