/**
 * MR: the new name of the mailbox which the owner is (RFC 1035 section 3.3.8).
 */

import { defineType } from '../fields/field.ts';
import { name } from '../fields/name-field.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const mr: RdataType = defineType({
  code: TYPE.MR,
  mnemonic: 'MR',
  fields: [name('a mailbox')],
  names: 'compressed',
});
