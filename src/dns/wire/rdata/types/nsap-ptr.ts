/**
 * NSAP-PTR: the name that belongs to an NSAP address, as PTR has it for other addresses (RFC 1348,
 * RFC 1706 section 6).
 */

import { defineType } from '../fields/field.ts';
import { name } from '../fields/name-field.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

export const nsapPtr: RdataType = defineType({
  code: TYPE['NSAP-PTR'],
  mnemonic: 'NSAP-PTR',
  fields: [name('a name')],
});
