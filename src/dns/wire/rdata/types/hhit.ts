/**
 * HHIT: how a hierarchical host identity is registered, CBOR in base 64 (RFC 9886 section 5.1).
 */

import { base64ToEnd } from '../fields/binary-fields.ts';
import { defineType } from '../fields/field.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const hhit: RdataType = defineType({
  code: TYPE.HHIT,
  mnemonic: 'HHIT',
  fields: [base64ToEnd('registration data')],
});
