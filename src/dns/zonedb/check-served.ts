/**
 * Holds the rows that a change looks at against what is served: the two are the same under the
 * zone's lock, unless the store hides a row or shows an older one (a flipped bit in a table does
 * that without a word). A prerequisite would then be answered wrongly; and a change would write
 * the wrong digest over the right one, and nothing could tell any more what the zone must be.
 */
import { formatName, isAtOrBelow, type Name } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { ChangeError, type StoredRrset } from './change.ts';
import { servedRrset } from './served-rrset.ts';
import type { ZoneDbParts } from './zone-db-parts.ts';
import { servedFault } from './zone-list.ts';
import type { ZoneWork } from './zone-work.ts';

/** Kept apart from their names in the image, or beside what they cover. */
const KEPT_APART: ReadonlySet<number> = new Set([TYPE.NSEC3, TYPE.RRSIG]);

/**
 * The caller holds the zone's lock. A zone that differs is refused from now on, and its repair
 * begins. @throws ChangeError ZONE_DAMAGED
 */
export function checkServed(
  { image, listeners, log }: Pick<ZoneDbParts, 'image' | 'listeners' | 'log'>,
  work: ZoneWork,
): void {
  const { apex } = work.row;
  for (const { owner, rrsets } of work.loaded()) {
    if (!isAtOrBelow(owner, apex) || isAsServed(owner, rrsets, image.countsAt(apex, owner)))
      continue;
    const zone = formatName(apex);
    const reason = `the store does not show ${formatName(owner)} as it was written`;
    work.state.fault ??= servedFault(reason);
    log.error({ zone, reason }, `zone ${zone} is damaged`);
    listeners.damaged(apex);
    throw new ChangeError('ZONE_DAMAGED', `zone ${zone} cannot be changed: ${reason}`);
  }
}

/** By the numbers of records of each type: the image spells names in its own way. */
function isAsServed(
  owner: Name,
  stored: readonly StoredRrset[],
  served: ReadonlyMap<number, number>,
): boolean {
  let types = 0;
  for (const rrset of stored) {
    if (KEPT_APART.has(rrset.type)) continue;
    const count = servedRrset(owner, rrset)?.rdatas.length ?? 0;
    if (count !== (served.get(rrset.type) ?? 0)) return false;
    if (count > 0) types += 1;
  }
  return types === served.size;
}
