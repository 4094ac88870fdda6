/**
 * CERT: a certificate or revocation list, or where it is (RFC 4398 section 2). Kind and algorithm
 * are printed by their mnemonics, as BIND does.
 */

import { base64ToEnd } from '../fields/binary-fields.ts';
import { algorithmByName } from '../fields/dnssec-fields.ts';
import { defineType } from '../fields/field.ts';
import { namedU16, namesByNumber } from '../fields/named-numbers.ts';
import { u16 } from '../fields/number-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

/** IANA "CERT RR Certificate Types". */
const KINDS: ReadonlyMap<string, number> = new Map([
  ['PKIX', 1],
  ['SPKI', 2],
  ['PGP', 3],
  ['IPKIX', 4],
  ['ISPKI', 5],
  ['IPGP', 6],
  ['ACPKIX', 7],
  ['IACPKIX', 8],
  ['URI', 253],
  ['OID', 254],
]);

export const cert: RdataType = defineType({
  code: TYPE.CERT,
  mnemonic: 'CERT',
  fields: [
    namedU16('a kind of certificate', KINDS, namesByNumber(KINDS)),
    u16('a key tag'),
    algorithmByName,
    base64ToEnd('a certificate'),
  ],
});
