/**
 * NSEC3: the next hashed owner and the types at this one (RFC 5155 section 3); without types at an
 * empty non-terminal.
 */

import { base32Hash, salt } from '../fields/binary-fields.ts';
import { defineType } from '../fields/field.ts';
import { u8, u16 } from '../fields/number-fields.ts';
import { typeBitmap } from '../fields/type-bitmap.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const nsec3: RdataType = defineType({
  code: TYPE.NSEC3,
  mnemonic: 'NSEC3',
  fields: [
    u8('a hash algorithm'),
    u8('flags'),
    u16('iterations'),
    salt('a salt'),
    base32Hash('the next hashed owner'),
    typeBitmap(true),
  ],
});
