/**
 * NID: a node identifier of ILNP (RFC 6742 section 2.1).
 */

import { defineType } from '../fields/field.ts';
import { locator64 } from '../fields/identifier-fields.ts';
import { u16 } from '../fields/number-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const nid: RdataType = defineType({
  code: TYPE.NID,
  mnemonic: 'NID',
  fields: [u16('a preference'), locator64('a node identifier')],
});
