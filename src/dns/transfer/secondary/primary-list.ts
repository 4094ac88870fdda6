/**
 * Which primaries a zone has. Configuration says how primaries are reached (address, key, TLS) and
 * may list zones of theirs; a zone's own settings name primaries by address, as the PowerDNS API
 * does, and then take key and TLS from configuration where the address is there.
 *
 *     masters of the zone  ->  else those configured for it by name  ->  else those of its catalog
 */
import { equalNames, lowerName, type Name, nameKey, parseName, ROOT } from '#dns/wire/name.ts';
import type { ZoneSettings } from '#dns/zonedb/zone-row.ts';
import { parseIpAddress } from '#net/ip-address.ts';
import { type Primary, type PrimaryAddress, parsePrimaryAddress } from './primary.ts';

export interface ConfiguredPrimary extends Primary {
  /** Zones that are fetched from it, whatever the store says. */
  zones: readonly Name[];
  /** Catalog zone (RFC 9432) whose members are fetched from it. */
  catalog?: Name;
}

/** A zone that configuration wants to be there. */
export interface ListedZone {
  /** Lower case. */
  apex: Name;
  /** `Consumer`: a catalog zone, whose members are fetched as well. */
  kind: 'Slave' | 'Consumer';
}

type SettingsOfPrimaries = Pick<ZoneSettings, 'masters' | 'slaveTsigKeyIds' | 'catalog'>;

export class PrimaryList {
  readonly #configured: readonly ConfiguredPrimary[];

  constructor(configured: readonly ConfiguredPrimary[]) {
    this.#configured = configured;
  }

  /** Zones that configuration lists, catalogs included, each once. */
  zones(): ListedZone[] {
    const zones = new Map<string, ListedZone>();
    for (const { zones: listed } of this.#configured) {
      for (const zone of listed) {
        zones.set(nameKey(zone), { apex: lowerName(zone), kind: 'Slave' });
      }
    }
    for (const { catalog } of this.#configured) {
      if (catalog === undefined) continue;
      zones.set(nameKey(catalog), { apex: lowerName(catalog), kind: 'Consumer' });
    }
    return [...zones.values()];
  }

  /** In the order in which they are asked; none for a zone that nobody gave any. */
  of(apex: Name, settings: SettingsOfPrimaries): Primary[] {
    if (settings.masters.length > 0) return this.#ofMasters(settings);
    const listing = this.#configured.filter(
      ({ zones, catalog }) =>
        (catalog !== undefined && equalNames(catalog, apex)) ||
        zones.some((zone) => equalNames(zone, apex)),
    );
    if (listing.length > 0 || settings.catalog === '') return listing;
    const member = parseName(settings.catalog, ROOT);
    return this.#configured.filter(
      ({ catalog }) => catalog !== undefined && equalNames(catalog, member),
    );
  }

  /**
   * How a name server is reached that is known by its address: as one of the primaries, with TLS
   * and key, if it is one of them too, whatever zones are fetched from it.
   */
  reach(peer: Primary): Primary {
    const known = this.#configured.find(
      ({ address, port, tls }) =>
        isSameAddress(address, peer.address) && (port === peer.port || tls !== undefined),
    );
    const { key = peer.key, source = peer.source, tls, ...place } = known ?? peer;
    const { address, port } = place;
    return { address, port, ...(key && { key }), ...(source && { source }), ...(tls && { tls }) };
  }

  #ofMasters({ masters, slaveTsigKeyIds }: SettingsOfPrimaries): Primary[] {
    const [keyId] = slaveTsigKeyIds;
    return masters.map((text) => {
      const address = parsePrimaryAddress(text);
      const known = this.#configured.find((primary) => isSamePlace(primary, address, text));
      const primary: Primary = known ?? address;
      return keyId === undefined ? primary : { ...primary, key: lowerName(parseName(keyId, ROOT)) };
    });
  }
}

/** A master without a port is the configured primary of that address, on whatever port. */
function isSamePlace(primary: PrimaryAddress, address: PrimaryAddress, text: string): boolean {
  if (!isSameAddress(primary.address, address.address)) return false;
  return primary.port === address.port || parseIpAddress(text) !== undefined;
}

/** Two spellings of one IP address. */
export function isSameAddress(one: string, other: string): boolean {
  if (one === other) return true;
  const octets = parseIpAddress(one);
  return octets !== undefined && octets.join() === parseIpAddress(other)?.join();
}
