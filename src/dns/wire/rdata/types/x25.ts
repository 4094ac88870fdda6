/**
 * X25: the address of the owner in the public data network, four digits or more (RFC 1183 section
 * 3.1).
 */

import { latin1 } from '#base/bytes.ts';
import { defineType } from '../fields/field.ts';
import { characterString } from '../fields/string-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const x25: RdataType = defineType({
  code: TYPE.X25,
  mnemonic: 'X25',
  fields: [characterString('an address')],
  check: (rdata) =>
    /^\d{4,}$/.test(latin1(rdata.subarray(1)))
      ? undefined
      : 'an address has four digits or more and nothing else',
});
