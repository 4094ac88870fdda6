/**
 * The zone database: the only writer of zones (invariant 3). A change goes one way through it,
 *
 *     Change -> check -> journal + rows (one synced batch) -> image -> receipt
 *
 * and LevelDB is the truth: the image is built from it at start and follows it from then on.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '#base/clock.ts';
import { errorCode, errorMessage } from '#base/coded-error.ts';
import { KeyedLock } from '#base/keyed-lock.ts';
import type { Log } from '#base/log.ts';
import type { ImageWriter } from '#dns/image/image-writer.ts';
import { formatName, type Name, nameKey } from '#dns/wire/name.ts';
import type { KeyValueStore } from '#store/key-value-store.ts';
import { KEYSPACE, prefixRange } from '#store/keyspace.ts';
import {
  type Change,
  type ChangeContext,
  ChangeError,
  type ChangeOutcome,
  type ChangePreview,
} from './change.ts';
import { ChangeRunner } from './change-runner.ts';
import { GenerationSweep } from './generation-sweep.ts';
import { Journal, type JournalLimits } from './journal.ts';
import type { EntryDraft, JournalEntry, SettingsEdit } from './journal-entry.ts';
import { contentMark, isSnapshotWorth, loadImage, READ_WHOLE_MAX } from './load-image.ts';
import { formatReceiptId } from './receipt-id.ts';
import { Receipts, type SightingListener } from './receipts.ts';
import { replaceZone, type ZoneReplacement } from './replace-zone.ts';
import { verifyContents } from './verify-content.ts';
import type {
  Publication,
  PublicationListener,
  ZoneDbParts,
  ZoneEventListener,
} from './zone-db-parts.ts';
import {
  type HistoryEntry,
  type HistoryOptions,
  readDeltas,
  readHistory,
  readRestore,
  type ZoneDelta,
} from './zone-history.ts';
import { zoneKey } from './zone-keys.ts';
import { ZoneList, type ZoneState } from './zone-list.ts';
import { formatZoneRow, parseZoneRow, type ZoneRow, type ZoneSettings } from './zone-row.ts';
import type { ZoneTransfer } from './zone-transfer.ts';
import { ZoneView } from './zone-view.ts';

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
  /** Told of every version right after the packet threads have it. */
  onPublished: (publication: Publication) => void;
  /** Told when a name server is first seen serving a change. */
  onSighting: SightingListener;
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

  /** Reads the zones and publishes each. @throws StoreError for what no zone can be blamed for */
  static async open(options: ZoneDbOptions): Promise<ZoneDb> {
    const { store, image, clock, log, onPublished, onSighting } = options;
    const zones = await readZoneList(store);
    const named = new Set([...zones.all()].map(({ row }) => row.generation));
    const journal = await Journal.open(store, options.journal);
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
      onPublished,
    };
    const unread = await loadImage(parts, options.restored ?? new Map());
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

  /** The zone's current version; close it. `undefined`: no such zone. */
  async view(apex: Name): Promise<ZoneView | undefined> {
    // Its records cannot be read before they are in the store.
    if (this.find(apex)?.isStored === false) await this.#locked(apex, async () => {});
    return ZoneView.open(this.#parts.store, apex);
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
   * Gives the zone the records that it had at an earlier version, under a new serial.
   * @throws ChangeError ZONE_MISSING, HISTORY_GONE when the journal does not reach back
   */
  async restore(apex: Name, version: number, context: ChangeContext): Promise<ChangeOutcome> {
    for (let attempt = 1; ; attempt++) {
      const state = this.find(apex);
      if (state === undefined) throw missing(apex);
      const operations = await readRestore(this.journal, state.row, version);
      const precondition = { version: state.row.version };
      try {
        const change = { zone: apex, precondition, operations, context };
        return await this.#runner.applyRuled(change, 'rise');
      } catch (error) {
        // Another change came first: the way back is longer by one.
        const isOvertaken = errorCode(error) === 'PRECONDITION_FAILED';
        if (!isOvertaken || attempt === RESTORE_ATTEMPTS_MAX) throw error;
      }
    }
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
    _apex: Name,
    _settings: ZoneSettings,
    _context: ChangeContext,
  ): Promise<ChangeOutcome> {
    throw new Error('not built yet');
  }

  /** An expired zone is answered SERVFAIL, until it is not or gets a new version. */
  async setExpired(_apex: Name, _expired: boolean): Promise<void> {
    throw new Error('not built yet');
  }

  /** Told of every version right after the packet threads have it. @returns ends it */
  subscribe(_listener: PublicationListener): () => void {
    throw new Error('not built yet');
  }

  /** Told when a zone comes, goes or gets other settings, when that is durable. @returns ends it */
  watchZones(_listener: ZoneEventListener): () => void {
    throw new Error('not built yet');
  }

  /** @throws ChangeError ZONE_EXISTS; otherwise as `replaceZone` */
  async create(replacement: ZoneReplacement): Promise<ChangeOutcome> {
    return this.#locked(replacement.apex, async (state) => {
      if (state !== undefined) {
        throw new ChangeError('ZONE_EXISTS', `zone ${formatName(replacement.apex)} already exists`);
      }
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
      if (state === undefined) throw missing(apex);
      const changed = typeof settings === 'function' ? settings(state.row) : settings;
      const whole = { ...state.row.settings, ...changed };
      const row: ZoneRow = { ...state.row, version: state.row.version + 1, settings: whole };
      const edit = settingsEdit(state.row.settings, whole);
      if (Object.keys(edit.after).length === 0) return unchangedOutcome(state.row);
      const draft = { ...this.#draft('settings', row, context), settings: edit };
      const [entry] = await this.#parts.journal.commit([draft], ([numbered]) => {
        row.sequence = numbered.sequence;
        return [{ key: zoneKey(row.apex), value: formatZoneRow(row) }];
      });
      state.row = row;
      return outcomeOf(entry);
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
      if (state === undefined) throw missing(apex);
      permit?.(state.row);
      const row = { ...state.row, version: state.row.version + 1 };
      const { image, journal, sweep, zones } = this.#parts;
      const draft = this.#draft('delete', row, context);
      const [entry] = await journal.commit([draft], () => [
        { key: zoneKey(row.apex), delete: true },
      ]);
      zones.delete(row.apex);
      image.removeZone(row.apex);
      sweep.remove(row.generation);
      return outcomeOf(entry);
    });
  }

  #draft(kind: 'settings' | 'delete', row: ZoneRow, context: ChangeContext): EntryDraft {
    return {
      kind,
      zone: row.apex,
      generation: row.generation,
      version: row.version,
      oldSerial: row.serial,
      newSerial: row.serial,
      ...context,
      begunAtMs: this.#parts.clock.nowMs(),
      edits: [],
    };
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

function outcomeOf(entry: JournalEntry): ChangeOutcome {
  const { sequence, oldSerial, newSerial } = entry;
  return { receipt: formatReceiptId(sequence), oldSerial, newSerial, changed: true };
}

function unchangedOutcome({ sequence, serial }: ZoneRow): ChangeOutcome {
  const serials = { oldSerial: serial, newSerial: serial };
  return { receipt: formatReceiptId(sequence), ...serials, changed: false };
}

function settingsEdit(before: ZoneSettings, after: ZoneSettings): SettingsEdit {
  const edit: SettingsEdit = { before: {}, after: {} };
  for (const key of Object.keys(after) as (keyof ZoneSettings)[]) {
    if (isDeepStrictEqual(before[key], after[key])) continue;
    edit.before[key] = before[key];
    edit.after[key] = after[key];
  }
  return edit;
}

function missing(apex: Name): ChangeError {
  return new ChangeError('ZONE_MISSING', `there is no zone ${formatName(apex)}`);
}

async function readZoneList(store: KeyValueStore): Promise<ZoneList> {
  const zones = new ZoneList();
  const { from, to } = prefixRange(Uint8Array.of(KEYSPACE.zone));
  for await (const chunk of store.range(from, to)) {
    for (const { value } of chunk) zones.set({ row: parseZoneRow(value), fault: undefined });
  }
  return zones;
}
