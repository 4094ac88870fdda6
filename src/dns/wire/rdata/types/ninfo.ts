/**
 * NINFO: the state of the zone, as strings (draft-reid-dnsext-zs).
 */

import { defineType } from '../fields/field.ts';
import { characterStrings } from '../fields/string-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const ninfo: RdataType = defineType({
  code: TYPE.NINFO,
  mnemonic: 'NINFO',
  fields: [characterStrings('a string')],
});
