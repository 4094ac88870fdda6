/**
 * KEY: a public key, of the zone before DNSKEY came, now of whoever signs updates (RFC 2535 section
 * 3, RFC 3445). Flags 0xc000 say that there is none.
 */

import { defineType } from '../fields/field.ts';
import { checkKeyPresence, keyFields } from '../fields/key-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const key: RdataType = defineType({
  code: TYPE.KEY,
  mnemonic: 'KEY',
  fields: keyFields,
  check: checkKeyPresence,
});
