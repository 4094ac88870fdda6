/**
 * HINFO: machine and operating system (RFC 1035 section 3.3.2); also what an ANY query is answered
 * with (RFC 8482).
 */
import { defineType } from '../fields/field.ts';
import { characterString } from '../fields/string-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const hinfo: RdataType = defineType({
  code: TYPE.HINFO,
  mnemonic: 'HINFO',
  fields: [characterString('a machine type'), characterString('an operating system')],
});
