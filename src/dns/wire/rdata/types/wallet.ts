/**
 * WALLET: the address of a cryptocurrency wallet: its currency and the address, as strings
 * (registration of 2024).
 */

import { defineType } from '../fields/field.ts';
import { characterStrings } from '../fields/string-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const wallet: RdataType = defineType({
  code: TYPE.WALLET,
  mnemonic: 'WALLET',
  fields: [characterStrings('a string')],
});
