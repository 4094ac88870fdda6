/** What becomes of one member of a fetched catalog, as a pure function of what is here. */
import { isDeepStrictEqual } from 'node:util';
import { equalNames, formatName, type Name } from '#dns/wire/name.ts';
import { DEFAULT_SETTINGS, type ZoneSettings } from '#dns/zonedb/zone-row.ts';
import { catalogLabel, withCatalogFacts } from './catalog-settings.ts';
import type { CatalogMember } from './catalog-zone.ts';

export type MemberStep =
  | { kind: 'make'; zone: Name; settings: ZoneSettings }
  /** `renew`: what is here is of another incarnation of the zone. */
  | { kind: 'change' | 'renew'; zone: Name; settings: Partial<ZoneSettings> }
  | { kind: 'remove'; zone: Name };

/**
 * @param catalog settings of the catalog zone: its members are fetched from the same primaries
 * @param held settings of the zone that is here under the member's name
 * @param owner that zone in the catalog that it came by, as of that catalog's last good version
 * @returns `undefined`: all is as it should be; `clash`: what is here is none of the catalog's
 */
export function planMember(
  apex: Name,
  catalog: Pick<ZoneSettings, 'masters' | 'slaveTsigKeyIds'>,
  member: CatalogMember,
  held: Readonly<ZoneSettings> | undefined,
  owner: CatalogMember | undefined,
): MemberStep | 'clash' | undefined {
  const { zone, label, groups } = member;
  const { masters, slaveTsigKeyIds } = catalog;
  const name = formatName(apex);
  const follows = { masters, slaveTsigKeyIds, catalog: name };
  if (held === undefined) {
    const metadata = withCatalogFacts({}, label, groups);
    return { kind: 'make', zone, settings: made({ ...follows, metadata }) };
  }
  if (held.kind !== 'Slave') return 'clash';
  const isTaken = held.catalog.toLowerCase() !== name;
  if (isTaken && (owner?.coo === undefined || !equalNames(owner.coo, apex))) return 'clash';
  const before = catalogLabel(held);
  const metadata = withCatalogFacts(held.metadata, label, groups);
  const settings = { ...follows, metadata };
  // A label that was lost says nothing of the zone.
  if (before !== undefined && before !== label) return { kind: 'renew', zone, settings };
  const isSame = isDeepStrictEqual({ ...held, ...settings }, held);
  return isSame ? undefined : { kind: 'change', zone, settings };
}

function made(settings: Partial<ZoneSettings>): ZoneSettings {
  return { ...DEFAULT_SETTINGS, kind: 'Slave', ...settings };
}
