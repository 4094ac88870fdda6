/**
 * TA: a trust anchor for DNSSEC without a signed root, in the format of DS (registration by S.
 * Weiler, 2005).
 */

import { checkDigestSize, delegationDigestFields } from '../fields/dnssec-fields.ts';
import { defineType } from '../fields/field.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const ta: RdataType = defineType({
  code: TYPE.TA,
  mnemonic: 'TA',
  fields: delegationDigestFields,
  check: checkDigestSize,
});
