/**
 * TALINK: the trust anchors before and behind the owner, in a list of their history (draft-ietf-
 * dnsop-dnssec-trust-history).
 */

import { defineType } from '../fields/field.ts';
import { name } from '../fields/name-field.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const talink: RdataType = defineType({
  code: TYPE.TALINK,
  mnemonic: 'TALINK',
  fields: [name('the previous name'), name('the next name')],
});
