/**
 * Follows catalog zones that are fetched (RFC 9432 section 5): zones of kind Consumer. After each
 * new version of one its members are compared with the zones that are here because of it:
 *
 *     in the catalog, not here             made, of kind Slave, with the catalog's primaries
 *     here, under another label            fetched whole anew; the old version is served meanwhile
 *     here, by another catalog             taken over if its `coo` says so, else left alone
 *     here, not by a catalog               left alone, and said
 *     here by this catalog, not in it      deleted, unless that is too many at once
 *
 * A broken catalog changes nothing. A catalog that would take away more than a share of its members
 * at once is held there until somebody says that it is meant: it is more often an accident.
 */
import type { Clock } from '#base/clock.ts';
import { errorCode, errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import { equalNames, formatName, type Name, nameKey } from '#dns/wire/name.ts';
import { type ChangeContext, ChangeError } from '#dns/zonedb/change.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
import type { ZoneSettings } from '#dns/zonedb/zone-row.ts';
import { CatalogIndex } from './catalog-index.ts';
import { type MemberStep, planMember } from './catalog-plan.ts';
import { CatalogError, type CatalogMembers, readCatalog } from './catalog-zone.ts';

/** Between two versions of a large catalog: so many times as long as it took to read. */
const REST_FACTOR = 4;
const REST_MS_MIN = 10;
const REST_MS_MAX = 2_000;
/** After a failure that is not the catalog's. */
const RETRY_DELAY_MS = 5_000;
/** Zones made or deleted at a time. */
const STEPS_AT_ONCE = 64;
/** So many may go at once, whatever their share is. */
export const REMOVALS_FREE = 10;
/** Share of the members that may go at once, where nothing else is configured. */
export const REMOVAL_SHARE_MAX = 0.5;

export interface CatalogStatus {
  apex: Name;
  /** Zones that are here because of it. */
  members: number;
  /** Why its newest version is not followed; `undefined`: it is. */
  broken: string | undefined;
  /** Zones that it would take away and that are kept. */
  heldRemovals: number;
  /** Members that are here by other ways and are left alone. */
  clashes: number;
}

export interface CatalogConsumerOptions {
  zones: ZoneDb;
  /** Fetches a zone whole, soon. */
  retrieve: (apex: Name) => void;
  /** Share of a catalog's members that one version may take away, 0 to 1. */
  removalShareMax?: number;
  clock: Clock;
  log: Log;
}

interface FollowedCatalog {
  apex: Name;
  /** Of the last good version; `undefined`: none was read yet. */
  members: CatalogMembers | undefined;
  /** That version, as `ZoneRow.version`, and the one whose members are here. */
  version: number;
  followedVersion: number;
  broken: string | undefined;
  heldRemovals: number;
  /** Said of them; by `nameKey`. */
  clashes: Set<string>;
  /** Somebody means what would be held. */
  isForced: boolean;
  isDue: boolean;
  isRunning: boolean;
  timer: NodeJS.Timeout | undefined;
}

export class CatalogConsumer {
  readonly #options: CatalogConsumerOptions;
  readonly #catalogs = new Map<string, FollowedCatalog>();
  readonly #index: CatalogIndex;
  readonly #unsubscribe: (() => void)[];
  /** One catalog is followed at a time: what one lets go another may take. */
  #running: Promise<void> = Promise.resolve();
  #isClosed = false;

  /** Begins with the versions that are here. */
  constructor(options: CatalogConsumerOptions) {
    this.#options = options;
    const { zones } = options;
    this.#index = new CatalogIndex(zones);
    this.#unsubscribe = [
      zones.watchZones(({ apex, kind }) => this.#happened(apex, kind === 'removed')),
      zones.subscribe(({ apex }) => this.#want(this.#catalogs.get(nameKey(apex)))),
    ];
    for (const apex of zones.names()) this.#happened(apex, false);
  }

  statuses(): CatalogStatus[] {
    return [...this.#catalogs.values()].map(({ apex, broken, heldRemovals, clashes }) => {
      const members = this.#index.countOf(apex);
      return { apex, members, broken, heldRemovals, clashes: clashes.size };
    });
  }

  /** Follows the catalog as it is, whatever it takes away. False: it is none. */
  force(apex: Name): boolean {
    const catalog = this.#catalogs.get(nameKey(apex));
    if (catalog === undefined) return false;
    catalog.isForced = true;
    this.#want(catalog);
    return true;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    for (const { timer } of this.#catalogs.values()) clearTimeout(timer);
    await this.#running;
  }

  #happened(apex: Name, wasRemoved: boolean): void {
    const key = nameKey(apex);
    const before = this.#index.catalogOf(apex);
    this.#index.look(apex);
    if (wasRemoved) {
      // Who deletes a member by hand gets it again; a name that is free now may be wanted.
      if (before !== undefined) this.#want(this.#catalogs.get(nameKey(before)));
      for (const catalog of this.#catalogs.values()) {
        if (catalog.clashes.has(key)) this.#want(catalog);
      }
    }
    const isCatalog = this.#options.zones.find(apex)?.row.settings.kind === 'Consumer';
    const catalog = this.#catalogs.get(key);
    if (!isCatalog && catalog !== undefined) this.#leave(catalog);
    // Other primaries of a catalog are those of its members.
    if (isCatalog) this.#want(catalog ?? this.#begin(apex));
  }

  #begin(apex: Name): FollowedCatalog {
    const catalog: FollowedCatalog = {
      apex,
      members: undefined,
      version: 0,
      followedVersion: 0,
      broken: undefined,
      heldRemovals: 0,
      clashes: new Set(),
      isForced: false,
      isDue: false,
      isRunning: false,
      timer: undefined,
    };
    this.#catalogs.set(nameKey(apex), catalog);
    return catalog;
  }

  /** Its members stay as they are. */
  #leave(catalog: FollowedCatalog): void {
    const members = this.#index.countOf(catalog.apex);
    clearTimeout(catalog.timer);
    this.#catalogs.delete(nameKey(catalog.apex));
    const zone = formatName(catalog.apex);
    const text = `catalog zone ${zone} is not followed any more; its members stay until deleted`;
    if (members > 0) this.#options.log.warn({ zone, members }, text);
  }

  /** Looks at it as soon as it may be; once more if it is being looked at. */
  #want(catalog: FollowedCatalog | undefined): void {
    if (catalog === undefined || this.#isClosed) return;
    catalog.isDue = true;
    if (catalog.isRunning || catalog.timer !== undefined) return;
    catalog.isRunning = true;
    this.#running = this.#running.then(() => this.#follow(catalog));
  }

  /** Never rejects. */
  async #follow(catalog: FollowedCatalog): Promise<void> {
    const { clock, log } = this.#options;
    const startUs = clock.monotonicUs();
    let restMs = REST_MS_MIN;
    catalog.isDue = false;
    try {
      const members = await this.#read(catalog);
      const readMs = (clock.monotonicUs() - startUs) / 1000;
      restMs = Math.min(Math.max(REST_MS_MIN, readMs * REST_FACTOR), REST_MS_MAX);
      if (members !== undefined) await this.#followVersion(catalog, members);
    } catch (error) {
      restMs = RETRY_DELAY_MS;
      catalog.isDue = true;
      const zone = formatName(catalog.apex);
      const said = { zone, code: errorCode(error), error: errorMessage(error) };
      log.error(said, `the members of catalog zone ${zone} are not as it says; tried again`);
    }
    catalog.isRunning = false;
    if (this.#isClosed || this.#catalogs.get(nameKey(catalog.apex)) !== catalog) return;
    catalog.timer = setTimeout(() => {
      catalog.timer = undefined;
      if (catalog.isDue) this.#want(catalog);
    }, restMs);
  }

  /** @throws StoreError, ChangeError */
  async #followVersion(catalog: FollowedCatalog, members: CatalogMembers): Promise<void> {
    const settings = this.#options.zones.find(catalog.apex)?.row.settings;
    if (settings === undefined) return;
    const steps: MemberStep[] = [];
    const clashes = new Set<string>();
    for (const [key, member] of members) {
      const held = this.#options.zones.find(member.zone)?.row.settings;
      const step = planMember(catalog.apex, settings, member, held, this.#ownerOf(held, key));
      if (step === 'clash') clashes.add(key);
      else if (step !== undefined) steps.push(step);
    }
    this.#sayClashes(catalog, members, clashes);
    for (const removal of this.#removals(catalog, members)) steps.push(removal);
    for (let at = 0; at < steps.length && !this.#isClosed; at += STEPS_AT_ONCE) {
      const now = steps.slice(at, at + STEPS_AT_ONCE);
      await Promise.all(now.map((step) => this.#take(catalog.apex, step)));
    }
    this.#saySteps(catalog, steps);
    if (catalog.version === catalog.followedVersion) return;
    catalog.followedVersion = catalog.version;
    // What it lets go of, by `coo` or altogether, others may have waited for.
    for (const other of this.#catalogs.values()) {
      if (other !== catalog && other.clashes.size > 0) this.#want(other);
    }
  }

  #saySteps({ apex }: FollowedCatalog, steps: readonly MemberStep[]): void {
    if (steps.length === 0) return;
    const zone = formatName(apex);
    const counts = Object.entries(Object.groupBy(steps, ({ kind }) => kind));
    const said = Object.fromEntries(counts.map(([kind, group]) => [kind, group.length]));
    this.#options.log.info({ zone, ...said }, `the members of catalog zone ${zone} follow it`);
  }

  /** `undefined` when there is nothing to follow: no content, or a broken one. */
  async #read(catalog: FollowedCatalog): Promise<CatalogMembers | undefined> {
    const view = await this.#options.zones.view(catalog.apex);
    if (view === undefined) return undefined;
    try {
      if (view.row.records === 0) return undefined;
      const members = await readCatalog(view);
      catalog.broken = undefined;
      catalog.version = view.row.version;
      catalog.members = members;
      return members;
    } catch (error) {
      if (!(error instanceof CatalogError)) throw error;
      if (catalog.broken !== error.message) {
        const zone = formatName(catalog.apex);
        this.#options.log.error({ zone, code: error.code }, error.message);
      }
      catalog.broken = error.message;
      return undefined;
    } finally {
      await view.close();
    }
  }

  /** What the catalog that the zone came by says of it; `undefined` where it is not there. */
  #ownerOf(held: Readonly<ZoneSettings> | undefined, key: string) {
    const owner = held && this.#index.catalogNamed(held);
    return owner && this.#catalogs.get(nameKey(owner))?.members?.get(key);
  }

  #sayClashes(catalog: FollowedCatalog, members: CatalogMembers, clashes: Set<string>): void {
    for (const key of clashes) {
      const member = members.get(key);
      if (member === undefined || catalog.clashes.has(key)) continue;
      const zone = formatName(member.zone);
      this.#options.log.error(
        { zone, catalog: formatName(catalog.apex) },
        `zone ${zone} is here already and left alone; delete it, or take it off the catalog`,
      );
    }
    catalog.clashes = clashes;
  }

  /** Those that are here by the catalog and no longer in it, unless they are too many. */
  #removals(catalog: FollowedCatalog, members: CatalogMembers): MemberStep[] {
    const { removalShareMax = REMOVAL_SHARE_MAX, log } = this.#options;
    const held = this.#index.membersOf(catalog.apex);
    const gone = held.filter((apex) => !members.has(nameKey(apex)));
    const mayGo = Math.max(REMOVALS_FREE, Math.floor(held.length * removalShareMax));
    const isHeld = gone.length > mayGo && !catalog.isForced;
    catalog.isForced = false;
    const heldBefore = catalog.heldRemovals;
    catalog.heldRemovals = isHeld ? gone.length : 0;
    if (!isHeld) return gone.map((zone) => ({ kind: 'remove', zone }));
    const zone = formatName(catalog.apex);
    const said = { zone, members: held.length, removals: gone.length, most: mayGo };
    const advice = 'if it is meant, retrieve the catalog by hand (PUT …/axfr-retrieve)';
    if (heldBefore !== gone.length) {
      log.error(said, `catalog zone ${zone} would take away too many zones; they stay; ${advice}`);
    }
    return [];
  }

  /** @throws ChangeError, StoreError */
  async #take(catalog: Name, step: MemberStep): Promise<void> {
    const { zones, retrieve } = this.#options;
    const context = this.#context(catalog);
    try {
      if (step.kind === 'make') await zones.createEmpty(step.zone, step.settings, context);
      else if (step.kind === 'remove') {
        await zones.remove(step.zone, context, ({ settings }) =>
          this.#demandOurs(catalog, settings),
        );
      } else {
        await zones.changeSettings(step.zone, step.settings, context);
        if (step.kind === 'renew') retrieve(step.zone);
      }
    } catch (error) {
      // Somebody else came first: the next look sees what there is.
      const code = errorCode(error);
      if (code !== 'ZONE_EXISTS' && code !== 'ZONE_MISSING') throw error;
      this.#want(this.#catalogs.get(nameKey(catalog)));
    }
  }

  /** @throws ChangeError ZONE_MISSING for a zone that somebody made his own meanwhile */
  #demandOurs(catalog: Name, settings: Readonly<ZoneSettings>): void {
    const owner = this.#index.catalogNamed(settings);
    if (owner !== undefined && equalNames(owner, catalog)) return;
    const text = `the zone is not of catalog ${formatName(catalog)} any more`;
    throw new ChangeError('ZONE_MISSING', text);
  }

  #context(catalog: Name): ChangeContext {
    const actor = formatName(catalog);
    const receivedAtMs = this.#options.clock.nowMs();
    return { source: 'catalog', actor, transactionId: '', receivedAtMs };
  }
}
