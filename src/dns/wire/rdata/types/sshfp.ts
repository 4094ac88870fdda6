/**
 * SSHFP: the fingerprint of a host's SSH key (RFC 4255; RFC 6594 for SHA-256). A fingerprint of a
 * known type has that type's size.
 */
import { hexToEnd } from '../fields/binary-fields.ts';
import { defineType } from '../fields/field.ts';
import { u8 } from '../fields/number-fields.ts';
import type { RdataType } from '../rdata-type.ts';
import { TYPE } from '../type-codes.ts';

/** SHA-1 and SHA-256. */
const FINGERPRINT_SIZES: readonly number[] = [0, 20, 32];

export const sshfp: RdataType = defineType({
  code: TYPE.SSHFP,
  mnemonic: 'SSHFP',
  fields: [u8('an algorithm'), u8('a fingerprint type'), hexToEnd('a fingerprint')],
  check(rdata) {
    const wanted = FINGERPRINT_SIZES[rdata[1]] ?? 0;
    const size = rdata.length - 2;
    if (wanted === 0 || size === wanted) return undefined;
    return `a fingerprint of type ${rdata[1]} has ${wanted} octets, not ${size}`;
  },
});
