/**
 * LP: the name of L32 and L64 records that the owner shares with others (RFC 6742 section 2.4). Its
 * case is kept in canonical form.
 */

import { defineType } from '../fields/field.ts';
import { name } from '../fields/name-field.ts';
import { u16 } from '../fields/number-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const lp: RdataType = defineType({
  code: TYPE.LP,
  mnemonic: 'LP',
  fields: [u16('a preference'), name('a name with locators')],
});
