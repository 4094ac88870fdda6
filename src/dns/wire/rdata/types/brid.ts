/**
 * BRID: the remote identification that an aircraft broadcasts, CBOR in base 64 (RFC 9886 section
 * 5.2).
 */

import { base64ToEnd } from '../fields/binary-fields.ts';
import { defineType } from '../fields/field.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const brid: RdataType = defineType({
  code: TYPE.BRID,
  mnemonic: 'BRID',
  fields: [base64ToEnd('remote identification')],
});
