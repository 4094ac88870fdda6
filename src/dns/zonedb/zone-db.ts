/**
 * The zone database: the only writer of zones (invariant 3). A change goes one way through it,
 *
 *     Change -> check -> journal + rows (one synced batch) -> image -> receipt
 *
 * and LevelDB is the truth: the image is built from it at start and follows it from then on.
 */
import type { Clock } from '#base/clock.ts';
import { errorCode, errorMessage } from '#base/coded-error.ts';
import { KeyedLock } from '#base/keyed-lock.ts';
import type { Log } from '#base/log.ts';
import type { ImageWriter } from '#dns/image/image-writer.ts';
import { formatName, type Name, nameKey } from '#dns/wire/name.ts';
import type { KeyValueStore } from '#store/key-value-store.ts';
import {
  type Change,
  type ChangeContext,
  type ChangeOutcome,
  type ChangePreview,
  type RrsetEdit,
} from './change.ts';
import { ChangeRunner } from './change-runner.ts';
import { checkZoneRows } from './check-zone-rows.ts';
import { GenerationSweep } from './generation-sweep.ts';
import { Journal, type JournalLimits } from './journal.ts';
import { contentMark, isSnapshotWorth, loadImage, READ_WHOLE_MAX } from './load-image.ts';
import { mendFindings } from './mend-findings.ts';
import { openMendingStore } from './mend-store.ts';
import { mendZone, tryMend } from './mend-zone.ts';
import { Receipts, type SightingListener } from './receipts.ts';
import type { ContentSource } from './repair-zone.ts';
import { replaceZone, type ZoneReplacement } from './replace-zone.ts';
import { type ScrubFinding, type ScrubReport, scrubStore } from './scrub-store.ts';
import { verifyContents } from './verify-content.ts';
import type { ZoneDbParts } from './zone-db-parts.ts';
import {
  type HistoryEntry,
  type HistoryOptions,
  readDeltas,
  readHistory,
  readRestore,
  readVersionEdits,
  type ZoneDelta,
} from './zone-history.ts';
import {
  changeZoneSettings,
  createEmptyZone,
  expireZone,
  removeZone,
  zoneExists,
  zoneMissing,
} from './zone-lifecycle.ts';
import { readZoneList, type ZoneState } from './zone-list.ts';
import {
  type PublicationListener,
  type ZoneEventListener,
  ZoneListeners,
} from './zone-listeners.ts';
import type { ZoneRow, ZoneSettings } from './zone-row.ts';
import type { ZoneTransfer } from './zone-transfer.ts';
import { openZoneView, type ZoneView } from './zone-view.ts';

export interface ZoneDbOptions {
  /** Stays open after `close`; it belongs to the caller. */
  store: KeyValueStore;
  image: ImageWriter;
  clock: Clock;
  log: Log;
  /** When the image comes from a snapshot: what `saveImage` gave it of its zones. */
  restored?: ReadonlyMap<string, string>;
  /** Up to so many records no snapshot is made or used. Default: 100,000. */
  readWholeMax?: number;
  /** How much of the past is kept. Default: JOURNAL_LIMITS. */
  journal?: JournalLimits;
  /** Told when a name server is first seen serving a change. */
  onSighting: SightingListener;
}

/** What a pass over the store found, and those of it that could not be repaired. */
export interface ScrubbedStore extends ScrubReport {
  readonly unrepaired: readonly ScrubFinding[];
}

/** How often a restore begins anew because the zone was changed meanwhile. */
const RESTORE_ATTEMPTS_MAX = 5;

export class ZoneDb {
  readonly #parts: ZoneDbParts;
  readonly #runner: ChangeRunner;
  readonly #closing: AbortController;
  /** Replacements under way, some of zones that the list does not have yet. */
  readonly #replacements = new Set<Promise<unknown>>();

  /** Reading what a snapshot spared the start from reading. */
  #verifying: Promise<void> = Promise.resolve();
  /** The newest journal entry that the snapshot on disk knows of. */
  #savedSequence: number | undefined;

  private constructor(parts: ZoneDbParts, closing: AbortController) {
    this.#parts = parts;
    this.#closing = closing;
    this.#runner = new ChangeRunner(parts);
  }

  /**
   * Reads the zones and publishes each; what is damaged is repaired from the mirror first.
   * @throws StoreError for what no zone can be blamed for
   */
  static async open(options: ZoneDbOptions): Promise<ZoneDb> {
    const { store, image, clock, log, onSighting } = options;
    const { zones, journal } = await openMendingStore(store, 'zones', log, async () => {
      const found = await readZoneList(store);
      const kept = await Journal.open(store, options.journal);
      await checkZoneRows(found, kept);
      return { zones: found, journal: kept };
    });
    const named = new Set([...zones.all()].map(({ row }) => row.generation));
    const closing = new AbortController();
    const parts: ZoneDbParts = {
      store,
      image,
      clock,
      log,
      journal,
      receipts: new Receipts(journal, onSighting),
      zones,
      lock: new KeyedLock(),
      sweep: await GenerationSweep.open(store, log, named),
      closing: closing.signal,
      readWholeMax: options.readWholeMax ?? READ_WHOLE_MAX,
      listeners: new ZoneListeners(log),
    };
    const unread = await loadImage(parts, options.restored ?? new Map());
    for (const state of zones.all()) {
      if (state.fault !== undefined) await tryMend(parts, state);
    }
    const db = new ZoneDb(parts, closing);
    if (unread.length === zones.size) db.#savedSequence = journal.last;
    db.#verifying = verifyContents(parts, unread);
    return db;
  }

  get journal(): Journal {
    return this.#parts.journal;
  }

  get receipts(): Receipts {
    return this.#parts.receipts;
  }

  /** Names of all zones, in canonical order. */
  names(): readonly Name[] {
    return this.#parts.zones.names();
  }

  find(apex: Name): Readonly<ZoneState> | undefined {
    return this.#parts.zones.find(apex);
  }

  /** Zones that the store has and clients are not given, with the reason. */
  faults(): { zone: string; fault: string }[] {
    const faults: { zone: string; fault: string }[] = [];
    for (const { row, fault } of this.#parts.zones.all()) {
      if (fault !== undefined) faults.push({ zone: formatName(row.apex), fault });
    }
    return faults;
  }

  /**
   * Reads a zone's stored content again and repairs what is wrong with it, from the mirror or
   * else memory, or where sources are given from the first that is the version that must be there.
   * A zone that was refused is then answered and changed again, and one that cannot be repaired
   * takes no changes.
   * @returns from what it was repaired, `sound`: it needed nothing; `undefined`: nothing fits
   * @throws ChangeError ZONE_MISSING; an error of a source
   */
  async repair(apex: Name, sources: readonly ContentSource[] = []): Promise<string | undefined> {
    return this.#locked(apex, async (state) => {
      if (state === undefined) throw zoneMissing(apex);
      return mendZone(this.#parts, state, sources);
    });
  }

  /**
   * Reads the whole store once, in the background, and repairs from the mirror what it finds.
   * @returns `undefined`: stopped, or closed
   * @param octetsPerSecond 0: as fast as it goes
   * @throws StoreError
   */
  async scrub(octetsPerSecond: number, stop: AbortSignal): Promise<ScrubbedStore | undefined> {
    const { store, zones, closing } = this.#parts;
    const either = AbortSignal.any([stop, closing]);
    const report = await scrubStore(store, zones, octetsPerSecond, either);
    if (report === undefined) return undefined;
    const repair = (apex: Name): Promise<string | undefined> => this.repair(apex);
    return { ...report, unrepaired: await mendFindings(this.#parts, report.findings, repair) };
  }

  /** The zone's current version; close it. `undefined`: no such zone. @throws as `openZoneView` */
  async view(apex: Name): Promise<ZoneView | undefined> {
    // Its records cannot be read before they are in the store.
    if (this.find(apex)?.isStored === false) await this.#locked(apex, async () => {});
    return openZoneView(this.#parts, apex);
  }

  /** Resolves when the change is on disk and published. @throws ChangeError */
  async apply(change: Change): Promise<ChangeOutcome> {
    return this.#runner.apply(change);
  }

  /**
   * Several changes, of one zone or many, as one: all are made or none, in one synced batch. The
   * outcomes are in the order of the changes. @throws ChangeError with `detail.change`
   */
  async applyAll(changes: readonly Change[]): Promise<ChangeOutcome[]> {
    return this.#runner.applyAll(changes);
  }

  /** What `applyAll` would do, by the same steps; nothing is written. @throws StoreError */
  async preview(changes: readonly Change[]): Promise<ChangePreview[]> {
    return this.#runner.preview(changes);
  }

  /** A zone's journal, newest first; empty for what it never heard of. */
  async history(apex: Name, options: HistoryOptions): Promise<HistoryEntry[]> {
    return readHistory(this.journal, apex, options);
  }

  /**
   * The steps from `serial` to the zone as it is, oldest first; empty: it is that already.
   * `undefined`: no such zone, or nothing that leads from there to here; then send it whole.
   */
  async changesSince(apex: Name, serial: number): Promise<ZoneDelta[] | undefined> {
    const state = this.find(apex);
    return state === undefined ? undefined : readDeltas(this.journal, state.row, serial);
  }

  /**
   * What happened to the records between two versions of the zone, in no order.
   * @param from the earlier one
   * @throws ChangeError HISTORY_GONE where the journal does not lead from one to the other
   */
  async versionEdits(apex: Name, from: number, to: number): Promise<RrsetEdit[]> {
    return readVersionEdits(this.journal, apex, from, to);
  }

  /**
   * Gives the zone the records that it had at an earlier version, under a new serial.
   * @param permit looks at the zone that is changed; throws to leave it so
   * @throws ChangeError ZONE_MISSING, HISTORY_GONE when the journal does not reach back
   */
  async restore(
    apex: Name,
    version: number,
    context: ChangeContext,
    permit?: (row: Readonly<ZoneRow>) => void,
  ): Promise<ChangeOutcome> {
    for (let attempt = 1; ; attempt++) {
      const change = await this.#readRestore(apex, version, context, permit);
      try {
        return await this.#runner.applyRuled(change, 'rise');
      } catch (error) {
        // Another change came first: the way back is longer by one.
        const isOvertaken = errorCode(error) === 'PRECONDITION_FAILED';
        if (!isOvertaken || attempt === RESTORE_ATTEMPTS_MAX) throw error;
      }
    }
  }

  /** What `restore` would do. @throws as `restore` */
  async previewRestore(
    apex: Name,
    version: number,
    context: ChangeContext,
    permit?: (row: Readonly<ZoneRow>) => void,
  ): Promise<ChangePreview> {
    const { precondition: _, ...change } = await this.#readRestore(apex, version, context, permit);
    const [preview] = await this.#runner.preview([change], 'rise');
    return preview;
  }

  async #readRestore(
    apex: Name,
    version: number,
    context: ChangeContext,
    permit?: (row: Readonly<ZoneRow>) => void,
  ): Promise<Change> {
    const state = this.find(apex);
    if (state === undefined) throw zoneMissing(apex);
    permit?.(state.row);
    const operations = await readRestore(this.journal, state.row, version);
    return { zone: apex, precondition: { version: state.row.version }, operations, context };
  }

  /**
   * Takes what a primary changed, with the serials that it gave.
   * @throws ChangeError ZONE_MISSING, TRANSFER_INVALID, TRANSFER_SERIAL: ask for the whole zone
   */
  async applyTransfer(transfer: ZoneTransfer): Promise<ChangeOutcome> {
    return this.#runner.transfer(transfer);
  }

  /**
   * Makes a zone without content (`ZoneRow.records` is 0), answered SERVFAIL until a transfer
   * brings one. @throws ChangeError ZONE_EXISTS
   */
  async createEmpty(
    apex: Name,
    settings: ZoneSettings,
    context: ChangeContext,
  ): Promise<ChangeOutcome> {
    return this.#locked(apex, async (state) => {
      if (state !== undefined) throw zoneExists(apex);
      return createEmptyZone(this.#parts, apex, settings, context);
    });
  }

  /**
   * An expired zone is answered SERVFAIL, until it is not or a transfer brings a new version. Not
   * kept over a restart. @throws ChangeError ZONE_MISSING
   */
  async setExpired(apex: Name, expired: boolean): Promise<void> {
    await this.#locked(apex, async (state) => {
      if (state === undefined) throw zoneMissing(apex);
      expireZone(this.#parts, state, expired);
    });
  }

  /**
   * When a zone that is fetched expires unless a primary confirms it, for clients that ask (EDNS
   * EXPIRE, RFC 7314). Not kept over a restart. @param atMs Unix time; `undefined`: never
   */
  setExpiry(apex: Name, atMs: number | undefined): void {
    this.#parts.image.setExpiry(apex, atMs && Math.trunc(atMs / 1000));
  }

  /** When the change that waits longest to be made was received; `undefined`: none waits. */
  get waitingSinceMs(): number | undefined {
    return this.#runner.waitingSinceMs;
  }

  /** Told of every version right after the packet threads have it. @returns ends it */
  subscribe(listener: PublicationListener): () => void {
    return this.#parts.listeners.subscribe(listener);
  }

  /** Told when a zone comes, goes or gets other settings, when that is durable. @returns ends it */
  watchZones(listener: ZoneEventListener): () => void {
    return this.#parts.listeners.watchZones(listener);
  }

  /** Told of a zone that is damaged and not mended, each time that is found. @returns ends it */
  watchFaults(listener: (apex: Name) => void): () => void {
    return this.#parts.listeners.watchFaults(listener);
  }

  /** @throws ChangeError ZONE_EXISTS; otherwise as `replaceZone` */
  async create(replacement: ZoneReplacement): Promise<ChangeOutcome> {
    return this.#locked(replacement.apex, async (state) => {
      if (state !== undefined) throw zoneExists(replacement.apex);
      return replaceZone(this.#parts, replacement);
    });
  }

  /**
   * Gives a zone a whole new content, or creates it. `decide` sees the zone as it is under the
   * lock and gives the new content, or throws to leave it.
   */
  async replace(
    apex: Name,
    decide: (state: Readonly<ZoneState> | undefined) => ZoneReplacement | Promise<ZoneReplacement>,
  ): Promise<ChangeOutcome> {
    const replacing = this.#locked(apex, async (state) =>
      replaceZone(this.#parts, await decide(state)),
    );
    this.#replacements.add(replacing);
    return replacing.finally(() => this.#replacements.delete(replacing));
  }

  /**
   * @param settings what becomes of them; a function sees the zone under its lock, and may throw to
   *   leave it
   * @throws ChangeError ZONE_MISSING
   */
  async changeSettings(
    apex: Name,
    settings: Partial<ZoneSettings> | ((row: Readonly<ZoneRow>) => Partial<ZoneSettings>),
    context: ChangeContext,
  ): Promise<ChangeOutcome> {
    return this.#locked(apex, async (state) => {
      if (state === undefined) throw zoneMissing(apex);
      const changed = typeof settings === 'function' ? settings(state.row) : settings;
      return changeZoneSettings(this.#parts, state, changed, context);
    });
  }

  /**
   * @param permit looks at the zone as it is, under its lock; throws to leave it so
   * @throws ChangeError ZONE_MISSING
   */
  async remove(
    apex: Name,
    context: ChangeContext,
    permit?: (row: Readonly<ZoneRow>) => void,
  ): Promise<ChangeOutcome> {
    return this.#locked(apex, async (state) => {
      if (state === undefined) throw zoneMissing(apex);
      permit?.(state.row);
      return removeZone(this.#parts, state, context);
    });
  }

  async #locked<T>(apex: Name, task: (state: ZoneState | undefined) => Promise<T>): Promise<T> {
    return this.#parts.lock.run([nameKey(apex)], () => task(this.#parts.zones.find(apex)));
  }

  /** Waits for what is under way. The store and the image stay open. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#replacements);
    await this.#runner.idle();
    await this.#parts.lock.run(
      this.names().map((apex) => nameKey(apex)),
      async () => {},
    );
    await this.#parts.sweep.close();
    await this.#verifying;
  }

  /**
   * Saves the image for the next start, if it is what the store holds; call it after `close` and
   * when nobody reads the image any more. Without a snapshot a start takes longer, and that is all.
   */
  async saveImage(path: string): Promise<void> {
    const { image, journal, zones, log, readWholeMax } = this.#parts;
    if (this.#savedSequence === journal.last || !isSnapshotWorth(zones, readWholeMax)) return;
    const contents = new Map<string, string>();
    for (const { row, fault, isStored } of zones.all()) {
      if (fault === undefined && isStored !== false)
        contents.set(formatName(row.apex), contentMark(row));
    }
    // A zone that was not stored in time, or whose store is damaged, is for the next start to sort.
    if (contents.size !== zones.size || image.statistics().zones !== zones.size) return;
    try {
      if (!(await image.save(path, contents))) log.info('no snapshot: the image is still in use');
    } catch (error) {
      log.warn({ path, error: errorMessage(error) }, 'the snapshot of the image was not written');
    }
  }
}
