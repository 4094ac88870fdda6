/**
 * ATMA: the ATM address of the owner (ATM Forum af-dans-0152.000 section 5). The first octet is the
 * format, which the text shows by its form: 0 is an end system address in hexadecimal digits, 1 is
 * a telephone number behind a `+` (E.164). Dots may stand between digits.
 */
import { formatHex, latin1, parseHex } from '#base/bytes.ts';
import { hexToEnd } from '../fields/binary-fields.ts';
import { defineType, type Field } from '../fields/field.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

const END_SYSTEM = 0;
const TELEPHONE = 1;

const address: Field = {
  ...hexToEnd('an address'),
  parse(tokens, out) {
    const text = tokens.takeText('an address');
    const isSeparated = !/(^|\+|\.)\.|\.$/.test(text);
    const digits = text.replaceAll('.', '');
    const octets = isSeparated ? parseHex(digits) : undefined;
    if (isSeparated && /^\+\d+$/.test(digits)) {
      out.u8(TELEPHONE);
      out.bytes(Buffer.from(digits.slice(1), 'latin1'));
    } else if (octets !== undefined && octets.length > 0) {
      out.u8(END_SYSTEM);
      out.bytes(octets);
    } else {
      tokens.fail('expected an address like 39.246f.0001 or +358.400.1234567');
    }
  },
  format: (rdata, at) =>
    rdata[at] === TELEPHONE
      ? `+${latin1(rdata.subarray(at + 1))}`
      : formatHex(rdata.subarray(at + 1)),
};

export const atma: RdataType = defineType({
  code: TYPE.ATMA,
  mnemonic: 'ATMA',
  fields: [address],
  hasText: (rdata) => rdata[0] <= TELEPHONE,
  check(rdata) {
    if (rdata.length < 2) return 'an address is missing';
    const isNumber = rdata[0] !== TELEPHONE || /^\d+$/.test(latin1(rdata.subarray(1)));
    return isNumber ? undefined : 'a telephone number has other octets than digits';
  },
});
