/**
 * EUI64: a 64-bit extended unique identifier (RFC 7043 section 4).
 */

import { defineType } from '../fields/field.ts';
import { extendedIdentifier } from '../fields/identifier-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const eui64: RdataType = defineType({
  code: TYPE.EUI64,
  mnemonic: 'EUI64',
  fields: [extendedIdentifier('an EUI-64', 8)],
});
