/**
 * DNSKEY: a public key of the zone (RFC 4034 section 2).
 */

import { base64ToEnd } from '../fields/binary-fields.ts';
import { algorithm } from '../fields/dnssec-fields.ts';
import { defineType } from '../fields/field.ts';
import { u8, u16 } from '../fields/number-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const dnskey: RdataType = defineType({
  code: TYPE.DNSKEY,
  mnemonic: 'DNSKEY',
  fields: [u16('flags'), u8('a protocol'), algorithm, base64ToEnd('a public key')],
});
