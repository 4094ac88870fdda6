/**
 * TLSA: the certificate or key that a TLS server has (RFC 6698 section 2).
 */

import { hexToEnd } from '../fields/binary-fields.ts';
import { defineType } from '../fields/field.ts';
import { u8 } from '../fields/number-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const tlsa: RdataType = defineType({
  code: TYPE.TLSA,
  mnemonic: 'TLSA',
  fields: [
    u8('a certificate usage'),
    u8('a selector'),
    u8('a matching type'),
    hexToEnd('certificate data'),
  ],
});
