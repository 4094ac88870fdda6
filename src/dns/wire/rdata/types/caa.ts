/**
 * CAA: who may issue certificates for the owner (RFC 8659 section 4): flags, a tag of letters and
 * digits, and a value of any octets, printed in quotes.
 */

import { WireError } from '#dns/wire/wire-error.ts';
import { defineType, type Field } from '../fields/field.ts';
import { u8 } from '../fields/number-fields.ts';
import { characterString, longText } from '../fields/string-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

const tagString = characterString('a property tag');

const tag: Field = {
  ...tagString,
  parse(tokens, out) {
    const tagAt = out.size;
    tagString.parse(tokens, out);
    if (!isTag(out.buffer, tagAt)) tokens.fail('expected a property tag of letters and digits');
  },
  format: (rdata, at) => tagString.format(rdata, at).slice(1, -1),
  read(message, at, end, out) {
    const next = tagString.read(message, at, end, out);
    if (!isTag(message, at)) throw new WireError('WIRE_RDATA', 'CAA: bad property tag');
    return next;
  },
};

/** One letter or digit or more, behind the length at `at`. */
function isTag(octets: Uint8Array, at: number): boolean {
  const end = at + 1 + octets[at];
  for (let next = at + 1; next < end; next++) {
    if (!/[A-Za-z0-9]/.test(String.fromCharCode(octets[next]))) return false;
  }
  return octets[at] > 0;
}

export const caa: RdataType = defineType({
  code: TYPE.CAA,
  mnemonic: 'CAA',
  fields: [u8('flags'), tag, longText('a value', 0)],
});
