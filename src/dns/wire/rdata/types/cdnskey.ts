/**
 * CDNSKEY: the key whose DS the zone asks its parent for (RFC 7344); `0 3 0 AA==` asks for none
 * (RFC 8078).
 */

import { base64ToEnd } from '../fields/binary-fields.ts';
import { algorithm } from '../fields/dnssec-fields.ts';
import { defineType } from '../fields/field.ts';
import { u8, u16 } from '../fields/number-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const cdnskey: RdataType = defineType({
  code: TYPE.CDNSKEY,
  mnemonic: 'CDNSKEY',
  fields: [u16('flags'), u8('a protocol'), algorithm, base64ToEnd('a public key')],
});
