/**
 * The start of HIP (RFC 8005 section 5 and 6): host identity tag and public key, whose lengths come
 * before them on the wire and not at all in the text.
 *
 *     | HIT length (8) | algorithm (8) | key length (16) | HIT | public key |
 *     algorithm  HIT in hexadecimal  key in base 64
 */
import { formatBase64, parseBase64, parseHex } from '#base/bytes.ts';
import { readU16 } from '#dns/wire/header.ts';
import { WireError } from '#dns/wire/wire-error.ts';
import type { Tokens } from '../tokens.ts';
import { formatHexUpper } from './binary-fields.ts';
import { copyOctets, type Field } from './field.ts';

const HEADER_SIZE = 4;

export const hostIdentity: Field = {
  parse(tokens, out) {
    const algorithm = tokens.takeNumber('a public key algorithm', 0xff);
    const tag = takeOctets(tokens, 'a host identity tag in hexadecimal', parseHex, 0xff);
    const key = takeOctets(tokens, 'a public key in base 64', parseBase64, 0xffff);
    out.u8(tag.length);
    out.u8(algorithm);
    out.u16(key.length);
    out.bytes(tag);
    out.bytes(key);
  },
  format(rdata, at) {
    const tagAt = at + HEADER_SIZE;
    const keyAt = tagAt + rdata[at];
    const tag = formatHexUpper(rdata.subarray(tagAt, keyAt));
    const key = formatBase64(rdata.subarray(keyAt, at + sizeOf(rdata, at)));
    return `${rdata[at + 1]} ${tag} ${key}`;
  },
  read(message, at, end, out) {
    const hasHeader = at + HEADER_SIZE <= end;
    if (!hasHeader || message[at] === 0 || readU16(message, at + 2) === 0) {
      throw new WireError('WIRE_RDATA', 'HIP: a host identity tag or its public key is missing');
    }
    return copyOctets(message, at, sizeOf(message, at), end, out, 'a host identity');
  },
  size: sizeOf,
};

function sizeOf(octets: Uint8Array, at: number): number {
  return HEADER_SIZE + octets[at] + readU16(octets, at + 2);
}

function takeOctets(
  tokens: Tokens,
  what: string,
  parse: (text: string) => Uint8Array | undefined,
  sizeMax: number,
): Uint8Array {
  const octets = parse(tokens.takeText(what));
  if (octets === undefined || octets.length === 0 || octets.length > sizeMax) {
    return tokens.fail(`expected ${what}`);
  }
  return octets;
}
