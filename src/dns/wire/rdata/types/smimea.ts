/**
 * SMIMEA: the certificate of a mail user, in the format of TLSA (RFC 8162 section 2).
 */

import { hexToEnd } from '../fields/binary-fields.ts';
import { defineType } from '../fields/field.ts';
import { u8 } from '../fields/number-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const smimea: RdataType = defineType({
  code: TYPE.SMIMEA,
  mnemonic: 'SMIMEA',
  fields: [
    u8('a certificate usage'),
    u8('a selector'),
    u8('a matching type'),
    hexToEnd('certificate data'),
  ],
});
