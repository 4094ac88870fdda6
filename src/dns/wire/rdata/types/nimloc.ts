/**
 * NIMLOC: a locator of the Nimrod routing architecture, in hexadecimal (draft-ietf-nimrod-dns
 * section 2).
 */

import { hexToEnd } from '../fields/binary-fields.ts';
import { defineType } from '../fields/field.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const nimloc: RdataType = defineType({
  code: TYPE.NIMLOC,
  mnemonic: 'NIMLOC',
  fields: [hexToEnd('a locator')],
});
