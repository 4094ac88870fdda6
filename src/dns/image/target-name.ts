/**
 * Which record types have a domain name at the end of their RDATA, and where it begins: those whose
 * names may be compressed, and those whose addresses go along in the additional section.
 */
import { TYPE } from '#dns/wire/rdata/type-codes.ts';

/** Octet of the RDATA at which its last field, a name, begins; -1 for other types. */
export function targetNameAt(type: number): number {
  switch (type) {
    case TYPE.NS:
    case TYPE.CNAME:
    case TYPE.PTR:
    case TYPE.DNAME:
    case TYPE.MB:
    case TYPE.MG:
    case TYPE.MR:
      return 0;
    case TYPE.MX:
      return 2;
    case TYPE.SRV:
      return 6;
    default:
      return -1;
  }
}

/** True for types of RFC 1035 (RFC 3597 section 4); DNAME and SRV came later. */
export function isTargetCompressible(type: number): boolean {
  return type <= TYPE.MX;
}
