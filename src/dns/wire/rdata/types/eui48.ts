/**
 * EUI48: a 48-bit extended unique identifier, as of a network card (RFC 7043 section 3).
 */

import { defineType } from '../fields/field.ts';
import { extendedIdentifier } from '../fields/identifier-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const eui48: RdataType = defineType({
  code: TYPE.EUI48,
  mnemonic: 'EUI48',
  fields: [extendedIdentifier('an EUI-48', 6)],
});
