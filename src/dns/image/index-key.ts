/** What belongs into the NSEC3 index, and its keys. */
import { parseBase32Hex } from '#base/bytes.ts';
import { formatLabel, formatName, type Name } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import type { Rrset } from '#dns/zone/rrset.ts';
import { ImageError } from './image-error.ts';

/** The hash that an owner's first label spells (RFC 5155 section 3), if it does. */
export function findNsec3Key(owner: Name): Uint8Array | undefined {
  const hash = owner[0] === 0 ? undefined : parseBase32Hex(formatLabel(owner, 0));
  return hash?.length === 0 ? undefined : hash;
}

/**
 * The key of an owner of NSEC3 records.
 * @throws ImageError IMAGE_ZONE_INVALID when its first label spells no hash
 */
export function nsec3Key(owner: Name): Uint8Array {
  const hash = findNsec3Key(owner);
  if (hash === undefined) {
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
