/**
 * EID: an endpoint identifier of the Nimrod routing architecture, in hexadecimal (draft-ietf-
 * nimrod-dns section 1).
 */

import { hexToEnd } from '../fields/binary-fields.ts';
import { defineType } from '../fields/field.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const eid: RdataType = defineType({
  code: TYPE.EID,
  mnemonic: 'EID',
  fields: [hexToEnd('an endpoint identifier')],
});
