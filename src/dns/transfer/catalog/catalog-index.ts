/** Which fetched zones are here by which catalog, kept in step with the zone database. */
import { type Name, nameKey } from '#dns/wire/name.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
import type { ZoneSettings } from '#dns/zonedb/zone-row.ts';
import { catalogOf } from './catalog-settings.ts';

export class CatalogIndex {
  readonly #zones: Pick<ZoneDb, 'find'>;
  /** Catalog of each member, and members of each catalog; by `nameKey`. */
  readonly #catalogs = new Map<string, Name>();
  readonly #members = new Map<string, Map<string, Name>>();

  constructor(zones: Pick<ZoneDb, 'find'>) {
    this.#zones = zones;
  }

  /** Takes up or lets go of a zone, as the zone database has it now. */
  look(apex: Name): void {
    const key = nameKey(apex);
    const before = this.#catalogs.get(key);
    if (before !== undefined) this.#members.get(nameKey(before))?.delete(key);
    const settings = this.#zones.find(apex)?.row.settings;
    const catalog = settings && this.catalogNamed(settings);
    if (catalog === undefined) {
      this.#catalogs.delete(key);
      return;
    }
    this.#catalogs.set(key, catalog);
    const members = this.#members.get(nameKey(catalog)) ?? new Map<string, Name>();
    this.#members.set(nameKey(catalog), members.set(key, apex));
  }

  /** The catalog that brought a zone with these settings. */
  catalogNamed(settings: Readonly<ZoneSettings>): Name | undefined {
    return settings.kind === 'Slave' ? catalogOf(settings) : undefined;
  }

  catalogOf(member: Name): Name | undefined {
    return this.#catalogs.get(nameKey(member));
  }

  membersOf(catalog: Name): Name[] {
    return [...(this.#members.get(nameKey(catalog))?.values() ?? [])];
  }

  countOf(catalog: Name): number {
    return this.#members.get(nameKey(catalog))?.size ?? 0;
  }
}
