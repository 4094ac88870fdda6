/**
 * MG: a member of the mail group which the owner is (RFC 1035 section 3.3.6).
 */

import { defineType } from '../fields/field.ts';
import { name } from '../fields/name-field.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const mg: RdataType = defineType({
  code: TYPE.MG,
  mnemonic: 'MG',
  fields: [name('a mailbox')],
  names: 'compressed',
});
