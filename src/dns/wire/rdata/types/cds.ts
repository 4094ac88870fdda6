/**
 * CDS: the DS that the zone asks its parent for (RFC 7344); `0 0 0 00` asks for none (RFC 8078).
 */

import { checkDigestSize, delegationDigestFields } from '../fields/dnssec-fields.ts';
import { defineType } from '../fields/field.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const cds: RdataType = defineType({
  code: TYPE.CDS,
  mnemonic: 'CDS',
  fields: delegationDigestFields,
  check: checkDigestSize,
});
