/**
 * The addresses of a zone's own name servers: who may transfer it by `AUTO-NS`, and whom NOTIFY
 * goes to (RFC 1996 section 3.4). What a zone of ours says of a name is taken from there; other
 * names are looked up as any program looks up a host, a few at a time and not for long.
 */
import { equalNames, formatName, type Name, parentName } from '#dns/wire/name.ts';
import { formatRdata } from '#dns/wire/rdata/registry.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { readSoa } from '#dns/zone/soa.ts';
import { servedRrset } from '#dns/zonedb/served-rrset.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';

/** Name servers of a zone that are looked at. */
export const NAMESERVERS_MAX = 32;
/** Look-ups outside of our zones under way; more are not made, and their names have no address. */
export const LOOKUPS_MAX = 16;

/** IPv4 and IPv6 addresses in text form of a host name without final dot; throws for none. */
export type LookUpHost = (host: string) => Promise<string[]>;

export class NameserverAddresses {
  readonly #zones: Pick<ZoneDb, 'find' | 'view'>;
  readonly #lookUp: LookUpHost;
  #lookups = 0;

  /** @param lookUp must end in time by itself */
  constructor(zones: Pick<ZoneDb, 'find' | 'view'>, lookUp: LookUpHost) {
    this.#zones = zones;
    this.#lookUp = lookUp;
  }

  /**
   * Without duplicates; a name that has no address adds none.
   * @param withoutPrimary leaves out the name server that the SOA names as the zone's primary
   * @throws StoreError
   */
  async of(apex: Name, { withoutPrimary = false } = {}): Promise<string[]> {
    const all = await this.#rdatas(apex, apex, TYPE.NS);
    const [soa] = withoutPrimary ? await this.#rdatas(apex, apex, TYPE.SOA) : [];
    const names =
      soa === undefined ? all : all.filter((name) => !equalNames(name, readSoa(soa).primary));
    const found = await Promise.all(
      names.slice(0, NAMESERVERS_MAX).map((name) => this.#addresses(name)),
    );
    return [...new Set(found.flat())];
  }

  async #addresses(host: Name): Promise<string[]> {
    const apex = this.#closestZone(host);
    if (apex !== undefined) {
      const [ipv4, ipv6] = await Promise.all([
        this.#rdatas(apex, host, TYPE.A),
        this.#rdatas(apex, host, TYPE.AAAA),
      ]);
      const own = [
        ...ipv4.map((rdata) => formatRdata(TYPE.A, rdata)),
        ...ipv6.map((rdata) => formatRdata(TYPE.AAAA, rdata)),
      ];
      if (own.length > 0) return own;
    }
    return this.#lookUpElsewhere(formatName(host).replace(/\.$/, ''));
  }

  async #lookUpElsewhere(host: string): Promise<string[]> {
    if (this.#lookups >= LOOKUPS_MAX) return [];
    this.#lookups += 1;
    try {
      return await this.#lookUp(host);
    } catch {
      // No such host, or nobody to ask: either way there is no address to allow or notify.
      return [];
    } finally {
      this.#lookups -= 1;
    }
  }

  #closestZone(name: Name): Name | undefined {
    for (let at: Name | undefined = name; at !== undefined; at = parentName(at)) {
      const state = this.#zones.find(at);
      if (state !== undefined) return state.row.apex;
    }
    return undefined;
  }

  async #rdatas(apex: Name, owner: Name, type: number): Promise<Uint8Array[]> {
    const view = await this.#zones.view(apex);
    if (view === undefined) return [];
    try {
      const { rrsets } = await view.node(owner);
      const stored = rrsets.find((rrset) => rrset.type === type);
      return servedRrset(owner, stored)?.rdatas ?? [];
    } finally {
      await view.close();
    }
  }
}
