/** What belongs into the NSEC3 index, and its keys. */
import { parseBase32Hex } from '#base/bytes.ts';
import { formatLabel, formatName, type Name } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import type { Rrset } from '#dns/zone/rrset.ts';
import { ImageError } from './image-error.ts';

/**
 * Key of an NSEC3 owner: the hash that its first label spells (RFC 5155 section 3).
 * @throws ImageError IMAGE_ZONE_INVALID when it spells none
 */
export function nsec3Key(owner: Name): Uint8Array {
  const hash = parseBase32Hex(formatLabel(owner, 0));
  if (hash === undefined || hash.length === 0) {
    throw new ImageError(
      'IMAGE_ZONE_INVALID',
      `${formatName(owner)}: the owner of an NSEC3 record must begin with a hash in base 32`,
    );
  }
  return hash;
}

/** True if one of the signatures covers an NSEC3 RRset. */
export function coversNsec3(rrsig: Rrset): boolean {
  return rrsig.rdatas.some((rdata) => ((rdata[0] << 8) | rdata[1]) === TYPE.NSEC3);
}
