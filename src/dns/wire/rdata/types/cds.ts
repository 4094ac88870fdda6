/**
 * CDS: the DS that the zone asks its parent for (RFC 7344); `0 0 0 00` asks for none (RFC 8078).
 */

import { hexToEnd } from '../fields/binary-fields.ts';
import { algorithm, checkDigestSize, digestType } from '../fields/dnssec-fields.ts';
import { defineType } from '../fields/field.ts';
import { u16 } from '../fields/number-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const cds: RdataType = defineType({
  code: TYPE.CDS,
  mnemonic: 'CDS',
  fields: [u16('a key tag'), algorithm, digestType, hexToEnd('a digest')],
  check: checkDigestSize,
});
