/**
 * OPENPGPKEY: the OpenPGP key of a mail user, in base 64 (RFC 7929 section 2).
 */

import { base64ToEnd } from '../fields/binary-fields.ts';
import { defineType } from '../fields/field.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const openpgpkey: RdataType = defineType({
  code: TYPE.OPENPGPKEY,
  mnemonic: 'OPENPGPKEY',
  fields: [base64ToEnd('a public key')],
});
