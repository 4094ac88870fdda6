/**
 * Which record types have a domain name at the end of their RDATA, and where it begins: those whose
 * names may be compressed, and those whose addresses go along in the additional section.
 */
import { TYPE } from '#dns/wire/rdata/type-codes.ts';

/**
 * Octet of the RDATA at which the name of what it points to begins; -1 for types that are not
 * looked into. The name is the last field, but for service bindings.
 */
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
    case TYPE.RT:
    case TYPE.KX:
    case TYPE.SVCB:
    case TYPE.HTTPS:
      return 2;
    case TYPE.SRV:
      return 6;
    default:
      return -1;
  }
}

/** True for types that have parameters behind the name (RFC 9460 section 2.2). */
export function isServiceBinding(type: number): boolean {
  return type === TYPE.SVCB || type === TYPE.HTTPS;
}

/** True for types whose targets' addresses go along (dns/answer/additional.ts, glue.ts). */
export function hasAdditional(type: number): boolean {
  switch (type) {
    case TYPE.NS:
    case TYPE.MX:
    case TYPE.SRV:
    case TYPE.RT:
    case TYPE.KX:
    case TYPE.SVCB:
    case TYPE.HTTPS:
      return true;
    default:
      return false;
  }
}

/** True for types of RFC 1035 (RFC 3597 section 4); DNAME and SRV came later. */
export function isTargetCompressible(type: number): boolean {
  return type <= TYPE.MX;
}
