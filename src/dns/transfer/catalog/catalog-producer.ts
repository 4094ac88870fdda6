/**
 * Makes catalog zones (RFC 9432): zones of kind Producer, which list the zones of our own whose
 * settings name them, and one default catalog that lists those that name none. It follows what
 * happens to zones and never holds two locks: a zone is made first, then its catalog is changed.
 *
 *     zone made, deleted, other settings ──(DELAY_MS)──> operations by catalog ──> Change
 *     start, or somebody edits a catalog ──> the whole catalog is compared
 *
 * A member's label is random and stays as long as the zone; a zone that is deleted and made again
 * gets another, so that consumers begin anew with it (section 5.4).
 */
import type { Clock } from '#base/clock.ts';
import { errorCode, errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import type { Random } from '#base/random.ts';
import { equalNames, formatName, type Name, nameKey } from '#dns/wire/name.ts';
import type { ChangeContext, Operation } from '#dns/zonedb/change.ts';
import { buildNewZone } from '#dns/zonedb/new-zone.ts';
import type { ZoneDb } from '#dns/zonedb/zone-db.ts';
import { DEFAULT_SETTINGS, type ZoneSettings } from '#dns/zonedb/zone-row.ts';
import {
  memberOperations,
  newCatalogOperations,
  removalOperations,
  versionOperation,
} from './catalog-operations.ts';
import { catalogCoo, catalogGroups, catalogOf } from './catalog-settings.ts';
import {
  CatalogError,
  type CatalogMember,
  type CatalogMembers,
  readCatalog,
} from './catalog-zone.ts';

/** What happens within it goes into one version of a catalog. */
const DELAY_MS = 5;
/** After a change that failed. */
const RETRY_DELAY_MS = 5_000;
/** Operations of one Change. */
const OPERATIONS_MAX = 3_000;
const LABEL_SIZE = 16;
const LABEL_LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';

export interface CatalogProducerOptions {
  zones: ZoneDb;
  /** Lists every zone of our own that names no catalog; made if it is not there. */
  defaultCatalog?: Name | undefined;
  clock: Clock;
  random: Random;
  log: Log;
}

/** A zone that something happened to. */
interface TouchedZone {
  apex: Name;
  /** It was deleted, and may be there again. */
  wasRemoved: boolean;
}

interface KnownCatalog {
  apex: Name;
  /** As the zone has them; `undefined`: to be read. */
  members: CatalogMembers | undefined;
}

export class CatalogProducer {
  readonly #options: CatalogProducerOptions;
  readonly #catalogs = new Map<string, KnownCatalog>();
  readonly #touched = new Map<string, TouchedZone>();
  readonly #unsubscribe: (() => void)[];
  #timer: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #isClosed = false;

  private constructor(options: CatalogProducerOptions) {
    this.#options = options;
    const { zones } = options;
    this.#unsubscribe = [
      zones.watchZones(({ kind, apex }) => this.#touch(apex, kind === 'removed')),
      zones.subscribe(({ apex, source }) => {
        if (source !== 'catalog') this.#reread(apex);
      }),
    ];
  }

  /** Resolves when every catalog lists what it should. */
  static async open(options: CatalogProducerOptions): Promise<CatalogProducer> {
    const producer = new CatalogProducer(options);
    await producer.#makeDefault();
    for (const apex of options.zones.names()) producer.#reread(apex);
    producer.#schedule(0);
    await producer.idle();
    return producer;
  }

  /** Members by catalog. */
  statuses(): { apex: Name; members: number }[] {
    return [...this.#catalogs.values()].map(({ apex, members }) => ({
      apex,
      members: members?.size ?? 0,
    }));
  }

  /** Waits until what happened so far is in the catalogs. */
  async idle(): Promise<void> {
    while (this.#timer !== undefined && !this.#isClosed) {
      clearTimeout(this.#timer);
      this.#run();
      await this.#running;
    }
    await this.#running;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#retry);
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    await this.#running;
  }

  async #makeDefault(): Promise<void> {
    const { zones, defaultCatalog: apex, clock, log } = this.#options;
    if (apex === undefined) return;
    const kind = zones.find(apex)?.row.settings.kind;
    if (kind === 'Producer') return;
    if (kind !== undefined) {
      const zone = formatName(apex);
      log.error({ zone, kind }, `zone ${zone} is no catalog; delete it, or name another one`);
      return;
    }
    const settings: ZoneSettings = { ...DEFAULT_SETTINGS, kind: 'Producer', soaEditApi: 'EPOCH' };
    const nowMs = clock.nowMs();
    const operations = newCatalogOperations(apex, Math.floor(nowMs / 1000));
    const nodes = await buildNewZone(apex, operations, settings, nowMs);
    const made = { settings, context: this.#context(), edited: true, marks: [] };
    await zones.create({ apex, content: { nodes }, ...made });
  }

  /** Whoever deletes it gets it again, as it is configured. Never rejects. */
  async #remakeDefault(touched: readonly TouchedZone[]): Promise<void> {
    const { defaultCatalog: apex, log } = this.#options;
    const isTouched = apex !== undefined && touched.some((zone) => equalNames(zone.apex, apex));
    if (!isTouched || this.#isClosed) return;
    try {
      await this.#makeDefault();
    } catch (error) {
      const zone = formatName(apex);
      const said = { zone, code: errorCode(error), error: errorMessage(error) };
      log.error(said, `catalog zone ${zone} could not be made`);
    }
  }

  #touch(apex: Name, wasRemoved: boolean): void {
    const key = nameKey(apex);
    const before = this.#touched.get(key);
    this.#touched.set(key, { apex, wasRemoved: wasRemoved || before?.wasRemoved === true });
    this.#reread(apex);
    this.#schedule(DELAY_MS);
  }

  /** If it is a catalog of ours: what it holds is to be looked at anew. */
  #reread(apex: Name): void {
    const key = nameKey(apex);
    const isCatalog = this.#options.zones.find(apex)?.row.settings.kind === 'Producer';
    if (!isCatalog) {
      this.#catalogs.delete(key);
      return;
    }
    this.#catalogs.set(key, { apex, members: undefined });
    this.#schedule(DELAY_MS);
  }

  #schedule(delayMs: number): void {
    if (this.#isClosed) return;
    this.#timer ??= setTimeout(() => this.#run(), delayMs);
  }

  #run(): void {
    this.#timer = undefined;
    this.#running = this.#running.then(() => this.#follow());
  }

  /** Never rejects. */
  async #follow(): Promise<void> {
    const touched = [...this.#touched.values()];
    this.#touched.clear();
    await this.#remakeDefault(touched);
    for (const catalog of this.#catalogs.values()) {
      if (this.#isClosed) return;
      try {
        if (catalog.members === undefined) await this.#compareWhole(catalog, touched);
        else await this.#compare(catalog, catalog.members, touched);
      } catch (error) {
        catalog.members = undefined;
        const zone = formatName(catalog.apex);
        const said = { zone, code: errorCode(error), error: errorMessage(error) };
        this.#options.log.error(said, `catalog zone ${zone} is not up to date`);
        this.#retry ??= setTimeout(() => {
          this.#retry = undefined;
          this.#schedule(0);
        }, RETRY_DELAY_MS);
      }
    }
  }

  /** Every zone that is in the catalog, and every one that should be. */
  async #compareWhole(catalog: KnownCatalog, touched: readonly TouchedZone[]): Promise<void> {
    const { zones } = this.#options;
    const members = await this.#read(catalog.apex);
    if (members === undefined) return;
    catalog.members = members;
    const all = new Map<string, TouchedZone>();
    for (const { zone } of members.values()) all.set(nameKey(zone), asTouched(zone));
    for (const apex of zones.names()) all.set(nameKey(apex), asTouched(apex));
    for (const zone of touched) all.set(nameKey(zone.apex), zone);
    await this.#compare(catalog, members, all.values());
  }

  /** `undefined` when there is no such zone any more. */
  async #read(apex: Name): Promise<CatalogMembers | undefined> {
    const view = await this.#options.zones.view(apex);
    if (view === undefined) return undefined;
    try {
      return await readCatalog(view);
    } catch (error) {
      if (!(error instanceof CatalogError)) throw error;
      // One that somebody made without its version, or broke, is put in order.
      await this.#clear(apex);
      return new Map();
    } finally {
      await view.close();
    }
  }

  /** Leaves only what a catalog without members has. */
  async #clear(apex: Name): Promise<void> {
    const view = await this.#options.zones.view(apex);
    if (view === undefined) return;
    const operations: Operation[] = [];
    try {
      for await (const nodes of view.nodes()) {
        for (const { owner, rrsets } of nodes) {
          if (equalNames(owner, apex)) continue;
          for (const { type } of rrsets) operations.push({ kind: 'delete', owner, type });
        }
      }
    } finally {
      await view.close();
    }
    await this.#apply(apex, [...operations, versionOperation(apex)]);
  }

  /** Changes the catalog, and `members` with it, by what became of the zones. */
  async #compare(
    { apex }: KnownCatalog,
    members: CatalogMembers,
    touched: Iterable<TouchedZone>,
  ): Promise<void> {
    const operations: Operation[] = [];
    const labels = new Set([...members.values()].map(({ label }) => label));
    for (const { apex: zone, wasRemoved } of touched) {
      const key = nameKey(zone);
      const held = members.get(key);
      const kept = wasRemoved ? undefined : held;
      const facts = this.#factsOf(apex, zone);
      const wanted = facts && { ...facts, label: kept?.label ?? this.#newLabel(labels) };
      if (kept !== undefined && wanted !== undefined && isSameMember(kept, wanted)) continue;
      if (held !== undefined && held.label !== wanted?.label) {
        operations.push(...removalOperations(apex, held.label));
      }
      if (wanted === undefined) members.delete(key);
      else {
        operations.push(...memberOperations(apex, wanted));
        members.set(key, wanted);
      }
    }
    await this.#apply(apex, operations);
  }

  /** @throws ChangeError, StoreError */
  async #apply(apex: Name, operations: readonly Operation[]): Promise<void> {
    for (let at = 0; at < operations.length; at += OPERATIONS_MAX) {
      const part = operations.slice(at, at + OPERATIONS_MAX);
      const change = { zone: apex, operations: part, context: this.#context() };
      await this.#options.zones.apply(change);
    }
  }

  /** What the catalog is to say of the zone; `undefined`: it is not to be in this catalog. */
  #factsOf(catalog: Name, zone: Name): Omit<CatalogMember, 'label'> | undefined {
    const { zones, defaultCatalog } = this.#options;
    const settings = zones.find(zone)?.row.settings;
    if (settings === undefined) return undefined;
    if (settings.kind !== 'Native' && settings.kind !== 'Master') return undefined;
    const named = catalogOf(settings) ?? defaultCatalog;
    if (named === undefined || !equalNames(named, catalog)) return undefined;
    const coo = catalogCoo(settings);
    return { zone, groups: catalogGroups(settings), coo };
  }

  #newLabel(taken: Set<string>): string {
    for (;;) {
      const octets = this.#options.random.bytes(LABEL_SIZE);
      const label = Array.from(octets, (octet) => LABEL_LETTERS[octet & 31]).join('');
      if (taken.has(label)) continue;
      taken.add(label);
      return label;
    }
  }

  #context(): ChangeContext {
    const receivedAtMs = this.#options.clock.nowMs();
    return { source: 'catalog', actor: 'catalog', transactionId: '', receivedAtMs };
  }
}

function asTouched(apex: Name): TouchedZone {
  return { apex, wasRemoved: false };
}

function isSameMember(held: CatalogMember, wanted: CatalogMember): boolean {
  if (held.groups.join('\n') !== wanted.groups.join('\n')) return false;
  return held.coo === undefined || wanted.coo === undefined
    ? held.coo === wanted.coo
    : equalNames(held.coo, wanted.coo);
}
