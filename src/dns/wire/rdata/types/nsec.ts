/**
 * NSEC: the next owner in the zone and the types at this one (RFC 4034 section 4). The case of the
 * name is kept in canonical form (RFC 6840 section 5.1).
 */
import { defineType } from '../fields/field.ts';
import { name } from '../fields/name-field.ts';
import { typeBitmap } from '../fields/type-bitmap.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const nsec: RdataType = defineType({
  code: TYPE.NSEC,
  mnemonic: 'NSEC',
  fields: [name('the next owner'), typeBitmap(false)],
});
