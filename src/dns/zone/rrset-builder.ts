/**
 * From loose records of one owner and type to an RRset: canonical order, duplicates merged
 * (RFC 2181 section 5), and one TTL, the smallest of those given (section 5.2).
 *
 * RRSIG is the exception that proves the rule: RFC 4034 section 3 gives each signature the TTL of
 * what it covers, so the signatures of one name differ in TTL. They are still held as one RRset
 * (its TTL the smallest); `signatureTtl` gives the TTL with which each of them is printed and sent.
 */
import type { Name } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { canonicalOrder } from './canonical-order.ts';
import type { Rrset } from './rrset.ts';

export interface BuiltRrset {
  rrset: Rrset;
  /** Records that were given more than once and are kept once. */
  duplicateCount: number;
  /** Differing TTLs were given and the smallest taken; never true for RRSIG. */
  ttlLowered: boolean;
}

/** @param ttls seconds, one for each of `rdatas`, at least one */
export function buildRrset(
  owner: Name,
  type: number,
  ttls: readonly number[],
  rdatas: readonly Uint8Array[],
): BuiltRrset {
  let ttl = ttls[0];
  let ttlLowered = false;
  for (const other of ttls) {
    if (other === ttl) continue;
    ttlLowered = type !== TYPE.RRSIG;
    if (other < ttl) ttl = other;
  }
  const ordered = canonicalOrder(type, rdatas, (rdata) => rdata);
  return {
    rrset: { owner, type, ttl, rdatas: ordered },
    duplicateCount: rdatas.length - ordered.length,
    ttlLowered,
  };
}

/** The type that an RRSIG covers (RFC 4034 section 3.1.1). */
export function coveredType(rdata: Uint8Array): number {
  return (rdata[0] << 8) | rdata[1];
}

/**
 * The TTL of one signature: that of the RRset it covers, if the node has it, else the RRSIG set's.
 * @param rrsets all RRsets of the node
 */
export function signatureTtl(rrsets: readonly Rrset[], rrsig: Rrset, rdata: Uint8Array): number {
  const covered = coveredType(rdata);
  return rrsets.find((rrset) => rrset.type === covered)?.ttl ?? rrsig.ttl;
}
