/**
 * DS: the digest of a key of the delegated zone, held by the parent (RFC 4034 section 5).
 */

import { hexToEnd } from '../fields/binary-fields.ts';
import { algorithm, checkDigestSize, digestType } from '../fields/dnssec-fields.ts';
import { defineType } from '../fields/field.ts';
import { u16 } from '../fields/number-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const ds: RdataType = defineType({
  code: TYPE.DS,
  mnemonic: 'DS',
  fields: [u16('a key tag'), algorithm, digestType, hexToEnd('a digest')],
  check: checkDigestSize,
});
