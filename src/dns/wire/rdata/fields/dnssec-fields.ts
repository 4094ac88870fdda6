/**
 * Numbers that DNSSEC's text form also takes by name (RFC 4034 appendix A; IANA "DNS Security
 * Algorithm Numbers" and "Digest Algorithms"), printed as numbers as dig does; and the fields that
 * several types of DNSSEC have in common.
 */
import { readU16 } from '#dns/wire/header.ts';
import { formatTypeCode, typeOfMnemonic } from '../type-codes.ts';
import { base64ToEnd, hexToEnd } from './binary-fields.ts';
import type { Field } from './field.ts';
import { name } from './name-field.ts';
import { namedU8 } from './named-numbers.ts';
import { duration, time, u8, u16 } from './number-fields.ts';

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

/** `algorithm`, printed by its mnemonic as CERT has it; in BIND's spelling. */
export const algorithmByName: Field = namedU8(
  'an algorithm number or mnemonic',
  ALGORITHMS,
  new Map([
    [1, 'RSAMD5'],
    [2, 'DH'],
    [3, 'DSA'],
    [5, 'RSASHA1'],
    [6, 'NSEC3DSA'],
    [7, 'NSEC3RSASHA1'],
    [8, 'RSASHA256'],
    [10, 'RSASHA512'],
    [12, 'ECCGOST'],
    [13, 'ECDSAP256SHA256'],
    [14, 'ECDSAP384SHA384'],
    [15, 'ED25519'],
    [16, 'ED448'],
    [252, 'INDIRECT'],
    [253, 'PRIVATEDNS'],
    [254, 'PRIVATEOID'],
  ]),
);

/** `typeOfMnemonic` that also takes the number alone, as old zones have it (RFC 2535 section 7). */
export function typeOfText(text: string): number | undefined {
  return typeOfMnemonic(/^\d/.test(text) ? `TYPE${text}` : text);
}

/** A record type, by mnemonic, as `TYPE65280` or by its number. Printed by mnemonic. */
export function rrtype(what: string): Field {
  return {
    ...u16(what),
    parse(tokens, out) {
      const index = tokens.take(what);
      const type = typeOfText(tokens.text(index));
      if (type === undefined) tokens.fail(`expected ${what}`, index);
      else out.u16(type);
    },
    format: (rdata, at) => formatTypeCode(readU16(rdata, at)),
  };
}

/** The fields of RRSIG (RFC 4034 section 3.1) and of SIG before it. */
export const signatureFields: readonly Field[] = [
  rrtype('the type covered'),
  algorithm,
  u8('a label count'),
  duration('the original TTL'),
  time('the expiration'),
  time('the inception'),
  u16('a key tag'),
  name('a signer'),
  base64ToEnd('a signature'),
];

/** The fields of DS (RFC 4034 section 5.1) and of the types made after it. */
export const delegationDigestFields: readonly Field[] = [
  u16('a key tag'),
  algorithm,
  digestType,
  hexToEnd('a digest'),
];

/** `check` of DS, CDS, DLV and TA: a digest of a known type has that type's size. */
export function checkDigestSize(rdata: Uint8Array): string | undefined {
  const wanted = DIGEST_SIZES[rdata[3]] ?? 0;
  const size = rdata.length - 4;
  if (wanted === 0 || size === wanted) return undefined;
  return `a digest of type ${rdata[3]} has ${wanted} octets, not ${size}`;
}
