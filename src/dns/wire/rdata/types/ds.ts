/**
 * DS: the digest of a key of the delegated zone, held by the parent (RFC 4034 section 5).
 */

import { checkDigestSize, delegationDigestFields } from '../fields/dnssec-fields.ts';
import { defineType } from '../fields/field.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const ds: RdataType = defineType({
  code: TYPE.DS,
  mnemonic: 'DS',
  fields: delegationDigestFields,
  check: checkDigestSize,
});
