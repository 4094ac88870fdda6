/**
 * RRSIG: a signature over an RRset (RFC 4034 section 3). The signer's name is folded in canonical
 * form (RFC 6840 section 5.1) and never compressed.
 */

import { signatureFields } from '../fields/dnssec-fields.ts';
import { defineType } from '../fields/field.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const rrsig: RdataType = defineType({
  code: TYPE.RRSIG,
  mnemonic: 'RRSIG',
  fields: signatureFields,
  names: 'folded',
});
