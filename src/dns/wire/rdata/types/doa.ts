/**
 * DOA: a digital object or where it is (draft-durand-doa-over-dns section 3); a `-` stands for no
 * data.
 */

import { optionalBase64 } from '../fields/binary-fields.ts';
import { defineType, type Field } from '../fields/field.ts';
import { u8, u32 } from '../fields/number-fields.ts';
import { characterString } from '../fields/string-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

const octets = optionalBase64('data');

const data: Field = {
  ...octets,
  parse(tokens, out) {
    const index = tokens.take("data in base 64, or '-'");
    if (tokens.is(index, '-')) return;
    tokens.seek(index);
    octets.parse(tokens, out);
  },
  format: (rdata, at) => (at === rdata.length ? '-' : octets.format(rdata, at)),
};

export const doa: RdataType = defineType({
  code: TYPE.DOA,
  mnemonic: 'DOA',
  fields: [
    u32('an enterprise number'),
    u32('a type'),
    u8('a location'),
    characterString('a media type'),
    data,
  ],
});
