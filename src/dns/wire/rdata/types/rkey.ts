/**
 * RKEY: a key to encrypt NAPTR records with, in the format of KEY with no flags set (draft-reid-
 * dnsext-rkey).
 */

import { readU16 } from '#dns/wire/header.ts';
import { defineType } from '../fields/field.ts';
import { checkKeyPresence, keyFields } from '../fields/key-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const rkey: RdataType = defineType({
  code: TYPE.RKEY,
  mnemonic: 'RKEY',
  fields: keyFields,
  check: (rdata) => (readU16(rdata, 0) === 0 ? checkKeyPresence(rdata) : 'the flags are not zero'),
});
