/**
 * GPOS: where the owner is on earth, as three decimal numbers in strings (RFC 1712 section 3):
 * longitude, latitude, altitude in metres. LOC replaced it.
 */

import { defineType } from '../fields/field.ts';
import { characterString } from '../fields/string-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const gpos: RdataType = defineType({
  code: TYPE.GPOS,
  mnemonic: 'GPOS',
  fields: [
    characterString('a longitude'),
    characterString('a latitude'),
    characterString('an altitude'),
  ],
});
