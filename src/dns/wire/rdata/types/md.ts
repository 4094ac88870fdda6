/**
 * MD: a host with a mail agent that delivers mail for the owner (RFC 1035 section 3.3.4); MX
 * replaced it.
 */

import { defineType } from '../fields/field.ts';
import { name } from '../fields/name-field.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const md: RdataType = defineType({
  code: TYPE.MD,
  mnemonic: 'MD',
  fields: [name('a mail agent')],
  names: 'compressed',
});
