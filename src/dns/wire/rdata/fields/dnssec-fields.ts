/**
 * Numbers that DNSSEC's text form also takes by name (RFC 4034 appendix A; IANA "DNS Security
 * Algorithm Numbers" and "Digest Algorithms"). Printed as numbers, as dig does, except the type
 * that an RRSIG covers.
 */
import { readU16 } from '#dns/wire/header.ts';
import { formatTypeCode, typeOfMnemonic } from '../type-codes.ts';
import { type Field } from './field.ts';
import { u8, u16 } from './number-fields.ts';

/** IANA's mnemonics, and BIND's spellings of two of them. */
const ALGORITHMS: ReadonlyMap<string, number> = new Map([
  ['RSAMD5', 1],
  ['DH', 2],
  ['DSA', 3],
  ['RSASHA1', 5],
  ['DSA-NSEC3-SHA1', 6],
  ['NSEC3DSA', 6],
  ['RSASHA1-NSEC3-SHA1', 7],
  ['NSEC3RSASHA1', 7],
  ['RSASHA256', 8],
  ['RSASHA512', 10],
  ['ECC-GOST', 12],
  ['ECCGOST', 12],
  ['ECDSAP256SHA256', 13],
  ['ECDSAP384SHA384', 14],
  ['ED25519', 15],
  ['ED448', 16],
  ['SM2SM3', 17],
  ['ECC-GOST12', 23],
  ['INDIRECT', 252],
  ['PRIVATEDNS', 253],
  ['PRIVATEOID', 254],
]);

const DIGEST_TYPES: ReadonlyMap<string, number> = new Map([
  ['SHA-1', 1],
  ['SHA1', 1],
  ['SHA-256', 2],
  ['SHA256', 2],
  ['GOST', 3],
  ['SHA-384', 4],
  ['SHA384', 4],
]);

/** Octets of the digest types whose size is fixed; RFC 4034, 4509, 5933, 6605. */
const DIGEST_SIZES: readonly number[] = [0, 20, 32, 32, 48];

export const algorithm: Field = namedU8('an algorithm number or mnemonic', ALGORITHMS);
export const digestType: Field = namedU8('a digest type', DIGEST_TYPES);

function namedU8(what: string, names: ReadonlyMap<string, number>): Field {
  const number = u8(what);
  return {
    ...number,
    parse(tokens, out) {
      if (!tokens.atEnd) {
        const first = tokens.source[tokens.starts[tokens.position]];
        const named =
          first > 0x39 ? names.get(tokens.text(tokens.position).toUpperCase()) : undefined;
        if (named !== undefined) {
          tokens.take(what);
          out.u8(named);
          return;
        }
      }
      number.parse(tokens, out);
    },
  };
}

/** The type that an RRSIG covers, by mnemonic. */
export const typeCovered: Field = {
  ...u16('the type covered'),
  parse(tokens, out) {
    const index = tokens.take('the type covered');
    const type = typeOfMnemonic(tokens.text(index));
    if (type === undefined) tokens.fail('expected the type covered', index);
    else out.u16(type);
  },
  format: (rdata, at) => formatTypeCode(readU16(rdata, at)),
};

/** `check` of DS and CDS: a digest of a known type has that type's size. */
export function checkDigestSize(rdata: Uint8Array): string | undefined {
  const wanted = DIGEST_SIZES[rdata[3]] ?? 0;
  const size = rdata.length - 4;
  if (wanted === 0 || size === wanted) return undefined;
  return `a digest of type ${rdata[3]} has ${wanted} octets, not ${size}`;
}
