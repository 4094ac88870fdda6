/**
 * NXT: the next name in the zone and the types below 128 at this one, of DNSSEC before NSEC (RFC
 * 2535 section 5).
 */

import { typeOfText } from '../fields/dnssec-fields.ts';
import { defineType } from '../fields/field.ts';
import { type FlatBitmapItems, flatBitmap } from '../fields/flat-bitmap.ts';
import { name } from '../fields/name-field.ts';
import type { RdataType } from '../rdata-type.ts';
import { formatTypeCode, TYPE } from '../type-codes.ts';

/** Bit 0 announces a format that was never made. */
const TYPES: FlatBitmapItems = {
  what: 'a record type from 1 to 127',
  bitMin: 1,
  bitMax: 127,
  parse: typeOfText,
  format: formatTypeCode,
};

export const nxt: RdataType = defineType({
  code: TYPE.NXT,
  mnemonic: 'NXT',
  fields: [name('the next name'), flatBitmap(TYPES)],
  names: 'folded',
});
