/**
 * A set of records of one owner, type and TTL (RFC 2181 section 5), class IN. The signatures of a
 * name are one set too, though each is served with the TTL of what it covers: `signatureTtl`.
 */
import type { Name } from '#dns/wire/name.ts';

export interface Rrset {
  owner: Name;
  /** IANA number of the type. */
  type: number;
  /** Seconds. */
  ttl: number;
  /** Uncompressed wire form, in canonical order (RFC 4034 section 6.3), no duplicates. */
  rdatas: Uint8Array[];
}
