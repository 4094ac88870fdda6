/**
 * AFSDB: a host with a database of the AFS or DCE cell which the owner is (RFC 1183 section 1); the
 * subtype says of which.
 */

import { defineType } from '../fields/field.ts';
import { name } from '../fields/name-field.ts';
import { u16 } from '../fields/number-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const afsdb: RdataType = defineType({
  code: TYPE.AFSDB,
  mnemonic: 'AFSDB',
  fields: [u16('a subtype'), name('a host')],
  names: 'folded',
});
