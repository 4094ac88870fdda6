/**
 * APL: lists of address prefixes, each of them included or, behind a `!`, excluded (RFC 3123). The
 * list may be empty.
 */

import { addressPrefixes, hasOnlyKnownFamilies } from '../fields/address-prefixes.ts';
import { defineType } from '../fields/field.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const apl: RdataType = defineType({
  code: TYPE.APL,
  mnemonic: 'APL',
  fields: [addressPrefixes],
  hasText: hasOnlyKnownFamilies,
});
