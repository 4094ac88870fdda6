/**
 * NSAP: an OSI network service access point of the owner (RFC 1706): `0x` and hexadecimal digits,
 * between which dots may stand.
 */
import { formatHex, parseHex } from '#base/bytes.ts';
import { hexToEnd } from '../fields/binary-fields.ts';
import { defineType, type Field } from '../fields/field.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

const accessPoint: Field = {
  ...hexToEnd('an address'),
  parse(tokens, out) {
    const digits = /^0x([0-9a-f.]+)$/i.exec(tokens.takeText('an address'))?.[1] ?? '';
    const octets = parseHex(digits.replaceAll('.', ''));
    if (octets === undefined || octets.length === 0) {
      tokens.fail('expected an address like 0x47.0005.80');
    } else out.bytes(octets);
  },
  format: (rdata, at) => `0x${formatHex(rdata.subarray(at))}`,
};

export const nsap: RdataType = defineType({
  code: TYPE.NSAP,
  mnemonic: 'NSAP',
  fields: [accessPoint],
});
