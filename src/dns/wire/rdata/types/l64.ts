/**
 * L64: a 64-bit locator of ILNP (RFC 6742 section 2.3).
 */

import { defineType } from '../fields/field.ts';
import { locator64 } from '../fields/identifier-fields.ts';
import { u16 } from '../fields/number-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const l64: RdataType = defineType({
  code: TYPE.L64,
  mnemonic: 'L64',
  fields: [u16('a preference'), locator64('a locator')],
});
