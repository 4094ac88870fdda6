/**
 * AVC: what Application Visibility and Control says of the owner, as strings (registration by
 * Cisco, 2016).
 */

import { defineType } from '../fields/field.ts';
import { characterStrings } from '../fields/string-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const avc: RdataType = defineType({
  code: TYPE.AVC,
  mnemonic: 'AVC',
  fields: [characterStrings('a string')],
});
