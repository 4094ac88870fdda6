/**
 * MINFO: who is responsible for a mailing list, and where its errors go (RFC 1035 section 3.3.7).
 */

import { defineType } from '../fields/field.ts';
import { name } from '../fields/name-field.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const minfo: RdataType = defineType({
  code: TYPE.MINFO,
  mnemonic: 'MINFO',
  fields: [name('the responsible mailbox'), name('the mailbox for errors')],
  names: 'compressed',
});
