/**
 * SIG: the signature of DNSSEC before RRSIG, in the same format (RFC 2535 section 4; RFC 2931 for
 * SIG(0), which signs messages and is in no zone).
 */

import { signatureFields } from '../fields/dnssec-fields.ts';
import { defineType } from '../fields/field.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const sig: RdataType = defineType({
  code: TYPE.SIG,
  mnemonic: 'SIG',
  fields: signatureFields,
  names: 'folded',
});
