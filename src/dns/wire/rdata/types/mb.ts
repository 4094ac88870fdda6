/**
 * MB: the host that has the mailbox which the owner is (RFC 1035 section 3.3.3).
 */

import { defineType } from '../fields/field.ts';
import { name } from '../fields/name-field.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const mb: RdataType = defineType({
  code: TYPE.MB,
  mnemonic: 'MB',
  fields: [name('a host')],
  names: 'compressed',
});
