/**
 * RRSIG: a signature over an RRset (RFC 4034 section 3). The signer's name is folded in canonical
 * form (RFC 6840 section 5.1) and never compressed.
 */

import { base64ToEnd } from '../fields/binary-fields.ts';
import { algorithm, typeCovered } from '../fields/dnssec-fields.ts';
import { defineType } from '../fields/field.ts';
import { name } from '../fields/name-field.ts';
import { duration, time, u8, u16 } from '../fields/number-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const rrsig: RdataType = defineType({
  code: TYPE.RRSIG,
  mnemonic: 'RRSIG',
  fields: [
    typeCovered,
    algorithm,
    u8('a label count'),
    duration('the original TTL'),
    time('the expiration'),
    time('the inception'),
    u16('a key tag'),
    name('a signer'),
    base64ToEnd('a signature'),
  ],
  names: 'folded',
});
