/**
 * A node of a zone: an owner name and its RRsets. Zones travel between parts as streams of nodes
 * in canonical order of owners (RFC 4034 section 6.1), so that none needs a zone in memory.
 */
import type { Name } from '#dns/wire/name.ts';
import type { Rrset } from './rrset.ts';

export interface ZoneNode {
  owner: Name;
  /** In order of type, at most one of a type, none empty. */
  rrsets: readonly Rrset[];
}

/** The node's RRset of a type, or `undefined`. */
export function findRrset(node: ZoneNode, type: number): Rrset | undefined {
  return node.rrsets.find((rrset) => rrset.type === type);
}
