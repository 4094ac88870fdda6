/**
 * Most names of a large zone are delegations, their glue, addresses and signatures, and have
 * nothing that `ZoneChecker` could find. This says so of a packed node, quickly; whatever it does
 * not know to be plain is for the checker to judge.
 */
import { lowerOctet, type Name } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { TTL_MAX } from '#dns/wire/record.ts';
import { isHostnameAt } from './hostname.ts';
import type { PackedNode } from './packed-node.ts';

/** Types about whose content or company the checker has something to say. */
const NEVER_PLAIN: ReadonlySet<number> = new Set<number>([
  TYPE.SOA,
  TYPE.CNAME,
  TYPE.DNAME,
  TYPE.MX,
  TYPE.SRV,
  TYPE.NSEC3PARAM,
]);

/** Where a node stands, as far as the names before it tell. */
export interface PlainContext {
  origin: Name;
  /** The node is below a zone cut. */
  isBelowCut: boolean;
  /** Finds an address of a name `octets[at..at + size)` near the node, or says no. */
  hasAddress: (octets: Uint8Array, at: number, size: number) => boolean;
}

/** True if the checker would find nothing. The node is in the zone and not its apex. */
export function isPlainNode(node: PackedNode, context: PlainContext): boolean {
  const { octets, types, ttls, count } = node;
  if (node.isMerged || (octets[0] === 1 && octets[1] === 0x2a)) return false;
  const isCut = node.hasType(TYPE.NS);
  let hasHost = false;
  for (let record = 0; record < count; record++) {
    const type = types[record];
    if (ttls[record] > TTL_MAX || NEVER_PLAIN.has(type)) return false;
    const isAddress = type === TYPE.A || type === TYPE.AAAA;
    hasHost ||= isAddress;
    if (context.isBelowCut && !isAddress) return false;
    if (isCut && !isAddress && !isAtCut(type)) return false;
    if (type === TYPE.NS && !isPlainTarget(node, record, context)) return false;
    if (type === TYPE.DS && !isCut) return false;
    if (type === TYPE.RRSIG && !node.hasType(coveredType(node, record))) return false;
  }
  return context.isBelowCut || !hasHost || isHostnameAt(octets, 0);
}

/** Types that the parent's side of a zone cut answers for, addresses apart. */
function isAtCut(type: number): boolean {
  return type === TYPE.NS || type === TYPE.DS || type === TYPE.NSEC || type === TYPE.RRSIG;
}

/** A name server outside the zone, or below the delegation itself with its address nearby. */
function isPlainTarget(node: PackedNode, record: number, context: PlainContext): boolean {
  const { octets } = node;
  const at = node.starts[record];
  const size = node.sizes[record];
  if (!isHostnameAt(octets, at)) return false;
  if (!isBelowName(octets, at, size, context.origin, context.origin.length)) return true;
  if (!isBelowName(octets, at, size, octets, node.owner.length)) return false;
  return context.hasAddress(octets, at, size);
}

/** True if `octets[at..at + size)` is the name at the beginning of `above`, or below it. */
function isBelowName(
  octets: Uint8Array,
  at: number,
  size: number,
  above: Uint8Array,
  aboveSize: number,
): boolean {
  const from = at + size - aboveSize;
  let label = at;
  while (label < from) label += 1 + octets[label];
  if (label !== from) return false;
  for (let step = 0; step < aboveSize; step++) {
    if (lowerOctet(octets[from + step]) !== lowerOctet(above[step])) return false;
  }
  return true;
}

function coveredType(node: PackedNode, record: number): number {
  const at = node.starts[record];
  return (node.octets[at] << 8) | node.octets[at + 1];
}
