/**
 * IPN: the number of a node of the Bundle Protocol (draft-johnson-dns-ipn-cla section 3.1): 64 bits
 * as one decimal number or as two of 32 bits with a dot between; printed as one.
 */
import { asBuffer } from '#base/bytes.ts';
import { copyOctets, defineType, type Field } from '../fields/field.ts';
import type { RdataType } from '../rdata-type.ts';
import type { Tokens } from '../tokens.ts';
import { TYPE } from '../type-codes.ts';

const SIZE = 8;

const nodeNumber: Field = {
  parse(tokens, out) {
    const halves = tokens.takeText('a node number').split('.');
    const octets = new Uint8Array(SIZE);
    if (halves.length === 1) {
      asBuffer(octets).writeBigUInt64BE(parseUnsigned(tokens, halves[0], 64n));
    } else {
      const high = parseUnsigned(tokens, halves[0], 32n);
      const low = parseUnsigned(tokens, halves.slice(1).join('.'), 32n);
      asBuffer(octets).writeBigUInt64BE((high << 32n) | low);
    }
    out.bytes(octets);
  },
  format: (rdata, at) => asBuffer(rdata).readBigUInt64BE(at).toString(),
  read: (message, at, end, out) => copyOctets(message, at, SIZE, end, out, 'a node number'),
  size: () => SIZE,
};

function parseUnsigned(tokens: Tokens, text: string, bitCount: bigint): bigint {
  const value = /^\d{1,20}$/.test(text) ? BigInt(text) : -1n;
  if (value < 0n || value >= 1n << bitCount) tokens.fail('expected a node number of 64 bits');
  return value;
}

export const ipn: RdataType = defineType({
  code: TYPE.IPN,
  mnemonic: 'IPN',
  fields: [nodeNumber],
});
