/**
 * RP: the person who is responsible, as a mailbox and as the owner of a TXT (RFC 1183 section 2).
 */
import { defineType } from '../fields/field.ts';
import { name } from '../fields/name-field.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const rp: RdataType = defineType({
  code: TYPE.RP,
  mnemonic: 'RP',
  fields: [name('a mailbox'), name('the owner of a TXT record')],
  names: 'folded',
});
