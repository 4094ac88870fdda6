/**
 * CLA: the convergence layer adapters that a node of the Bundle Protocol has, as strings (draft-
 * johnson-dns-ipn-cla section 3.2).
 */

import { defineType } from '../fields/field.ts';
import { characterStrings } from '../fields/string-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const cla: RdataType = defineType({
  code: TYPE.CLA,
  mnemonic: 'CLA',
  fields: [characterStrings('a string')],
});
