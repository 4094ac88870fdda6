/**
 * DLV: a DS that is found outside of the delegation (RFC 4431; historic since RFC 8749).
 */

import { checkDigestSize, delegationDigestFields } from '../fields/dnssec-fields.ts';
import { defineType } from '../fields/field.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const dlv: RdataType = defineType({
  code: TYPE.DLV,
  mnemonic: 'DLV',
  fields: delegationDigestFields,
  check: checkDigestSize,
});
