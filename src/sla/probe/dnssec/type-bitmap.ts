/** The types of an NSEC or NSEC3 record (RFC 4034 section 4.1.2): window, length, bits. */
import { TYPE } from './raw-message.ts';

/** The types from `at` to the end of `rdata`; `undefined` if they are malformed. */
export function readTypeBitmap(rdata: Uint8Array, at: number): Set<number> | undefined {
  const types = new Set<number>();
  let next = at;
  while (next < rdata.length) {
    const window = rdata[next] ?? 0;
    const size = rdata[next + 1] ?? 0;
    const first = next + 2;
    if (size < 1 || size > 32 || first + size > rdata.length) return undefined;
    for (let bit = 0; bit < size * 8; bit++) {
      if (((rdata[first + (bit >> 3)] ?? 0) & (0x80 >> (bit & 7))) !== 0) {
        types.add(window * 256 + bit);
      }
    }
    next = first + size;
  }
  return types;
}

/** True if a name with these types is a zone cut seen from above. */
export function isDelegation(types: ReadonlySet<number>): boolean {
  return types.has(TYPE.ns) && !types.has(TYPE.soa);
}

/**
 * True if a name with these types has no answer for `type`. For DS the parent speaks, for every
 * other type the zone itself does.
 */
export function lacksType(types: ReadonlySet<number>, type: number, isRoot: boolean): boolean {
  if (types.has(type) || types.has(TYPE.cname)) return false;
  if (type === TYPE.ds) return isRoot || !types.has(TYPE.soa);
  return !isDelegation(types);
}
