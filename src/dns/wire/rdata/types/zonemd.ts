/**
 * ZONEMD: a digest over the whole zone (RFC 8976 section 2). That of a known algorithm has the size
 * of that algorithm, any other at least 12 octets.
 */

import { hexToEnd } from '../fields/binary-fields.ts';
import { defineType } from '../fields/field.ts';
import { u8, u32 } from '../fields/number-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

const DIGEST_AT = 6;
const DIGEST_SIZE_MIN = 12;
/** SHA-384 and SHA-512 by their numbers. */
const DIGEST_SIZES: readonly number[] = [0, 48, 64];

function checkSize(rdata: Uint8Array): string | undefined {
  const wanted = DIGEST_SIZES[rdata[5]] ?? 0;
  const size = rdata.length - DIGEST_AT;
  if (wanted === 0 ? size >= DIGEST_SIZE_MIN : size === wanted) return undefined;
  return `a digest of algorithm ${rdata[5]} has not ${size} octets`;
}

export const zonemd: RdataType = defineType({
  code: TYPE.ZONEMD,
  mnemonic: 'ZONEMD',
  fields: [u32('a serial'), u8('a scheme'), u8('a hash algorithm'), hexToEnd('a digest')],
  check: checkSize,
});
