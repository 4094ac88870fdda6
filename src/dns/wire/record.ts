/** Resource records as data (RFC 1035 section 3.2, RFC 2181 section 5). */
import type { Name } from './name.ts';

export const CLASS_IN = 1;
export const CLASS_CH = 3;
export const CLASS_NONE = 254;
export const CLASS_ANY = 255;

/** RFC 2181 section 8: a TTL is an unsigned 31-bit number of seconds. */
export const TTL_MAX = 0x7fff_ffff;

export interface ResourceRecord {
  owner: Name;
  /** IANA number of the type. */
  type: number;
  class: number;
  /** Seconds. */
  ttl: number;
  /** Uncompressed wire form. */
  rdata: Uint8Array;
}
