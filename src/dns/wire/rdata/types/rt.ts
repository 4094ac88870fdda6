/**
 * RT: a host that relays to an owner which is not on the internet itself (RFC 1183 section 3.3).
 */

import { defineType } from '../fields/field.ts';
import { name } from '../fields/name-field.ts';
import { u16 } from '../fields/number-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const rt: RdataType = defineType({
  code: TYPE.RT,
  mnemonic: 'RT',
  fields: [u16('a preference'), name('an intermediate host')],
  names: 'folded',
});
