/**
 * ISDN: the telephone number of the owner, and maybe a subaddress (RFC 1183 section 3.2).
 */

import { defineType } from '../fields/field.ts';
import { characterString, optionalString } from '../fields/string-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const isdn: RdataType = defineType({
  code: TYPE.ISDN,
  mnemonic: 'ISDN',
  fields: [characterString('an address'), optionalString('a subaddress')],
});
