/**
 * Where a name that a record points at (NS, MX, SRV) leads inside the zone: to an address, an
 * alias, below a delegation, or nowhere. Answers come from a lookup that the caller provides, so
 * nothing is remembered per name and zones of millions of names need no second copy.
 */
import { isAtOrBelow, labelOffsets, type Name, parentName, wildcardOf } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';

/** The zone as an index; must know the whole zone before the first question. */
export interface ZoneLookup {
  /** True if the zone holds an RRset of this owner (case-insensitive) and type. */
  has(owner: Name, type: number): boolean;
}

/**
 * - `outside`: not in this zone, nothing to say
 * - `address`: has A or AAAA (by wildcard too)
 * - `glue`, `no-glue`: at or below the zone cut `cut`, with or without an address
 * - `cname`, `dname`: an alias, or below one
 * - `nothing`: in the zone, and no address
 */
export interface Target {
  leads: 'outside' | 'address' | 'glue' | 'no-glue' | 'cname' | 'dname' | 'nothing';
  /** For `glue` and `no-glue`: the topmost zone cut on the way. */
  cut?: Name;
}

export function findTarget(target: Name, origin: Name, zone: ZoneLookup): Target {
  if (!isAtOrBelow(target, origin)) return { leads: 'outside' };
  for (const at of labelOffsets(target).reverse()) {
    if (target.length - at < origin.length) continue;
    const name = target.subarray(at);
    if (name.length > origin.length && zone.has(name, TYPE.NS)) {
      return { leads: hasAddress(zone, target) ? 'glue' : 'no-glue', cut: name };
    }
    if (at > 0 && zone.has(name, TYPE.DNAME)) return { leads: 'dname' };
  }
  if (zone.has(target, TYPE.CNAME)) return { leads: 'cname' };
  if (hasAddress(zone, target) || hasWildcardAddress(zone, target, origin)) {
    return { leads: 'address' };
  }
  return { leads: 'nothing' };
}

function hasAddress(zone: ZoneLookup, name: Name): boolean {
  return zone.has(name, TYPE.A) || zone.has(name, TYPE.AAAA);
}

/**
 * Looks for the wildcards above a name. An existing name in between would end the search by RFC
 * 4592; not looking for it can only hide a warning, never raise a false one.
 */
function hasWildcardAddress(zone: ZoneLookup, name: Name, origin: Name): boolean {
  let above = parentName(name);
  while (above !== undefined && above.length >= origin.length) {
    if (hasAddress(zone, wildcardOf(above))) return true;
    above = parentName(above);
  }
  return false;
}
