/**
 * The image as the control thread sees it, and the only way to change it: load a zone as a whole,
 * apply a change, remove a zone. Each is one atomic step to the readers. Memory that went out of
 * use comes back through `reclaim`, which the owner calls now and then.
 */
import type { Clock } from '#base/clock.ts';
import type { Random } from '#base/random.ts';
import { formatName, lowerName, type Name } from '#dns/wire/name.ts';
import type { Rrset } from '#dns/zone/rrset.ts';
import { Allocator } from './allocator.ts';
import { Arena, type ImageHandle } from './arena.ts';
import { BlockFreer } from './block-freer.ts';
import { ImageError } from './image-error.ts';
import { ImageLookup } from './image-lookup.ts';
import { type ImageState, loadSnapshot, saveSnapshot } from './image-snapshot.ts';
import {
  ARENA_DIRECTORY,
  ARENA_EPOCH,
  ARENA_HASH_SEED,
  ARENA_READERS,
  ARENA_ZONES_AT_DEPTH,
  READER_COUNT_MAX,
  READER_IDLE,
  READER_STRIDE,
  SLOT_DELETED,
  TABLE_CAPACITY,
  ZONE_EXPIRES_AT,
  ZONE_FLAGS,
  ZONE_HASH,
  ZONE_HIDDEN,
  ZONE_NAME_COUNT,
  ZONE_RECORD_COUNT,
  ZONE_UNAVAILABLE,
} from './layout.ts';
import { LookupName } from './lookup-name.ts';
import {
  capacityFor,
  copyTable,
  insertSlot,
  isCrowded,
  makeTable,
  TABLE_CAPACITY_MIN,
  tableBytes,
} from './name-table.ts';
import { NodeDraft } from './node-draft.ts';
import { OrderIndexWriter } from './order-index.ts';
import { Reclaimer } from './reclaimer.ts';
import { newestNode, type WriterParts, zoneLabels } from './zone-block.ts';
import { ZoneChange } from './zone-change.ts';
import { nodeCounts, zoneContent } from './zone-content.ts';
import type { ZoneEdit } from './zone-edit.ts';
import { ZoneLoad } from './zone-load.ts';

export type { ZoneEdit } from './zone-edit.ts';
export type { ZoneLoad } from './zone-load.ts';

export interface ImageOptions {
  /** Seeds name hashes, so that nobody can prepare names that collide; and balances the indexes. */
  random: Random;
  clock: Clock;
  /** Octets to reserve. Default: 4 GiB, at most half of the memory that the process may use. */
  sizeBytes?: number;
}

export interface ImageStatistics {
  /** Octets in blocks that hold something, those that wait to be reclaimed included. */
  bytesUsed: number;
  /** Octets of the arena that were ever written, which the system has committed. */
  bytesTouched: number;
  bytesMax: number;
  zones: number;
  /** Names of all zones, empty non-terminals included. */
  names: number;
  records: number;
  /** Things that wait for readers to pass, or for `reclaim` to be called. */
  retired: number;
}

/** An image out of a file, and what `save` was told of its zones. */
export interface RestoredImage {
  image: ImageWriter;
  contents: ReadonlyMap<string, string>;
}

/** Slice of the last clean-up. */
const SAVE_RECLAIM_MS = 100;

/** A change that is written and not seen yet: either `publish` or `abandon`, once. */
export interface PreparedChange {
  publish(): void;
  abandon(): void;
}

export class ImageWriter {
  /** For the readers' threads. */
  readonly image: ImageHandle;
  readonly #arena: Arena;
  readonly #parts: WriterParts;
  #zoneCount = 0;
  #slotCount = 0;
  /** Directory slots promised to loads that are finished and not published yet. */
  #slotsReserved = 0;
  #nameCount = 0;
  #recordCount = 0;

  private constructor(arena: Arena, options: ImageOptions, state?: ImageState) {
    const { words } = arena;
    const allocator = new Allocator(arena, state);
    if (state === undefined) {
      words[ARENA_HASH_SEED] = options.random.below(2 ** 32) | 0;
      words[ARENA_EPOCH] = 1;
      words[ARENA_DIRECTORY] = makeTable(words, allocator, TABLE_CAPACITY_MIN);
    } else {
      this.#zoneCount = state.zones;
      this.#slotCount = state.slots;
      this.#nameCount = state.names;
      this.#recordCount = state.records;
    }
    const lookup = new ImageLookup(arena);
    const index = new OrderIndexWriter(lookup, allocator, options.random);
    const blocks = new BlockFreer(words, allocator);
    const reclaimer = new Reclaimer(words, blocks, index, options.clock);
    const draft = new NodeDraft();
    const name = new LookupName();
    this.#parts = { words, lookup, allocator, reclaimer, index, draft, name };
    this.#arena = arena;
    this.image = arena.handle;
  }

  /** @throws ImageError IMAGE_NO_MEMORY */
  static create(options: ImageOptions): ImageWriter {
    return new ImageWriter(Arena.reserve(options.sizeBytes), options);
  }

  /**
   * An image as `save` left it; `undefined` where there is no such file.
   * @throws ImageError IMAGE_SNAPSHOT when the file cannot be used; IMAGE_NO_MEMORY
   */
  static async restore(path: string, options: ImageOptions): Promise<RestoredImage | undefined> {
    const arena = Arena.reserve(options.sizeBytes);
    const loaded = await loadSnapshot(path, arena);
    if (loaded === undefined) return undefined;
    // Readers of the process that wrote it are gone.
    arena.words.fill(READER_IDLE, ARENA_READERS, ARENA_READERS + READER_COUNT_MAX * READER_STRIDE);
    const image = new ImageWriter(arena, options, loaded.state);
    return { image, contents: loaded.contents };
  }

  /**
   * Writes the image to a file for `restore`. Nothing may be changed or reclaimed meanwhile.
   * @param contents by name of the zone, what its content is in the caller's words
   * @returns false, and writes nothing, while something waits for readers to pass
   */
  async save(path: string, contents: ReadonlyMap<string, string>): Promise<boolean> {
    while (this.reclaim(SAVE_RECLAIM_MS));
    const { allocator, reclaimer } = this.#parts;
    if (reclaimer.pending > 0) return false;
    const counts = { zones: this.#zoneCount, slots: this.#slotCount };
    const sizes = { names: this.#nameCount, records: this.#recordCount };
    await saveSnapshot(path, this.#arena, { ...allocator.state(), ...counts, ...sizes }, contents);
    return true;
  }

  /**
   * Begins to load a zone, new or in place of the one that is served until `publish`.
   * @throws ImageError IMAGE_FULL
   */
  loadZone(apex: Name): ZoneLoad {
    return new ZoneLoad(this.#parts, apex, {
      reserve: () => this.#reserveZoneSlot(),
      release: () => {
        this.#slotsReserved -= 1;
      },
      publish: (zone) => this.#publishZone(apex, zone),
    });
  }

  /**
   * Prepares a change of a zone, which `publish` then makes in one step to the readers and cannot
   * fail. Of each zone one change at most may be prepared at a time. Setting what is there and
   * removing what is not are no errors. The order of the edits matters only where two concern one
   * RRset.
   * @throws ImageError IMAGE_ZONE_MISSING, IMAGE_FULL, IMAGE_TOO_LARGE, IMAGE_ZONE_INVALID; the
   *   zone is as it was then
   */
  prepare(apex: Name, edits: readonly ZoneEdit[]): PreparedChange {
    const { words, reclaimer } = this.#parts;
    const slot = this.#findSlot(apex);
    if (slot === 0) {
      throw new ImageError(
        'IMAGE_ZONE_MISSING',
        `zone ${formatName(apex)} is not served: load it before changing it`,
      );
    }
    const zone = words[slot + 1] << 1;
    const change = new ZoneChange(this.#parts, zone);
    change.prepare(edits);
    reclaimer.hold(zone);
    return {
      publish: () => {
        const namesBefore = words[zone + ZONE_NAME_COUNT];
        change.commit();
        reclaimer.release(zone);
        this.#recordCount += change.recordsAdded;
        this.#nameCount += words[zone + ZONE_NAME_COUNT] - namesBefore;
      },
      abandon: () => {
        change.giveUp();
        reclaimer.release(zone);
      },
    };
  }

  /** Prepares and publishes at once. @throws ImageError as `prepare` */
  apply(apex: Name, edits: readonly ZoneEdit[]): void {
    this.prepare(apex, edits).publish();
  }

  /** @returns false when it was not served */
  removeZone(apex: Name): boolean {
    const { words, reclaimer } = this.#parts;
    const slot = this.#findSlot(apex);
    if (slot === 0) return false;
    const zone = words[slot + 1] << 1;
    Atomics.store(words, slot + 1, SLOT_DELETED);
    words[ARENA_ZONES_AT_DEPTH + zoneLabels(words, zone)] -= 1;
    this.#count(zone, -1);
    reclaimer.retireZone(zone);
    reclaimer.advance();
    return true;
  }

  /**
   * From now on the zone is answered SERVFAIL, or no longer; a new content ends it too.
   * @returns false when there is no such zone
   */
  setUnavailable(apex: Name, isUnavailable: boolean): boolean {
    return this.#setFlag(apex, ZONE_UNAVAILABLE, isUnavailable);
  }

  /**
   * From now on only the zone's SOA is answered, the rest refused, or no longer; a new content says
   * it anew (`ZoneLoad.hide`).
   * @returns false when there is no such zone
   */
  setHidden(apex: Name, isHidden: boolean): boolean {
    return this.#setFlag(apex, ZONE_HIDDEN, isHidden);
  }

  #setFlag(apex: Name, flag: number, isSet: boolean): boolean {
    const { words } = this.#parts;
    const slot = this.#findSlot(apex);
    if (slot === 0) return false;
    const at = (words[slot + 1] << 1) + ZONE_FLAGS;
    Atomics.store(words, at, isSet ? words[at] | flag : words[at] & ~flag);
    return true;
  }

  /**
   * When the zone expires unless that is said anew: what clients that ask are told. A new content
   * keeps it. @param atSeconds Unix time; `undefined`: never
   */
  setExpiry(apex: Name, atSeconds: number | undefined): void {
    const { words } = this.#parts;
    const slot = this.#findSlot(apex);
    if (slot === 0) return;
    Atomics.store(words, (words[slot + 1] << 1) + ZONE_EXPIRES_AT, atSeconds ?? 0);
  }

  hasZone(apex: Name): boolean {
    return this.#findSlot(apex) !== 0;
  }

  /**
   * Frees what no reader can see any more, for about `budgetMs`.
   * @returns true when there is more to do; then call it again soon
   */
  reclaim(budgetMs: number): boolean {
    return this.#parts.reclaimer.reclaim(budgetMs);
  }

  /** Gives up a reader whose thread died in the middle of a batch. */
  releaseReader(slot: number): void {
    Atomics.store(this.#parts.words, ARENA_READERS + slot * READER_STRIDE, READER_IDLE);
  }

  statistics(): ImageStatistics {
    const { allocator, reclaimer } = this.#parts;
    return {
      bytesUsed: allocator.usedBytes,
      bytesTouched: allocator.touchedBytes,
      bytesMax: this.#arena.sizeBytes,
      zones: this.#zoneCount,
      names: this.#nameCount,
      records: this.#recordCount,
      retired: reclaimer.pending,
    };
  }

  /**
   * What is served of a zone, the RRsets of one name after the other; nothing of one that is not
   * there. The zone must not be changed before the end.
   */
  *content(apex: Name): Generator<Rrset[]> {
    const slot = this.#findSlot(apex);
    if (slot === 0) return;
    const { words, lookup } = this.#parts;
    yield* zoneContent(lookup, words[slot + 1] << 1, lowerName(apex));
  }

  /**
   * How many records of each type are served of one name, signatures and NSEC3 left out; none where
   * there is no such name or zone. @param owner at or below the apex
   */
  countsAt(apex: Name, owner: Name): ReadonlyMap<number, number> {
    const slot = this.#findSlot(apex);
    if (slot === 0) return new Map();
    const { words, lookup, name } = this.#parts;
    const zone = words[slot + 1] << 1;
    name.readName(lowerName(owner));
    name.hash(lookup.hashSeed);
    return nodeCounts(lookup, zone, newestNode(this.#parts, zone, name, 0));
  }

  #findSlot(apex: Name): number {
    const { words, lookup, name } = this.#parts;
    name.readName(lowerName(apex));
    name.hash(lookup.hashSeed);
    return lookup.findApexSlot(words[ARENA_DIRECTORY] << 1, name, 0);
  }

  #publishZone(apex: Name, zone: number): void {
    const { words, reclaimer } = this.#parts;
    const slot = this.#findSlot(apex);
    if (slot !== 0) {
      const old = words[slot + 1] << 1;
      words[zone + ZONE_EXPIRES_AT] = words[old + ZONE_EXPIRES_AT];
      Atomics.store(words, slot + 1, zone >>> 1);
      this.#count(old, -1);
      this.#count(zone, 1);
      reclaimer.retireZone(old);
      reclaimer.advance();
      return;
    }
    // Counted first: a reader that does not look at this depth yet would miss the zone.
    words[ARENA_ZONES_AT_DEPTH + zoneLabels(words, zone)] += 1;
    const directory = words[ARENA_DIRECTORY] << 1;
    if (insertSlot(words, directory, words[zone + ZONE_HASH], zone >>> 1)) this.#slotCount += 1;
    this.#count(zone, 1);
  }

  #count(zone: number, sign: 1 | -1): void {
    const { words } = this.#parts;
    this.#zoneCount += sign;
    this.#nameCount += sign * words[zone + ZONE_NAME_COUNT];
    this.#recordCount += sign * words[zone + ZONE_RECORD_COUNT];
  }

  #reserveZoneSlot(): void {
    const { words, allocator, reclaimer } = this.#parts;
    const directory = words[ARENA_DIRECTORY] << 1;
    const capacity = words[directory + TABLE_CAPACITY];
    const added = this.#slotsReserved + 1;
    if (!isCrowded(this.#slotCount + added, capacity)) {
      this.#slotsReserved = added;
      return;
    }
    const wanted = capacityFor(this.#zoneCount + added + (this.#zoneCount >> 2));
    const larger = makeTable(words, allocator, wanted);
    this.#slotCount = copyTable(words, directory, larger << 1);
    Atomics.store(words, ARENA_DIRECTORY, larger);
    this.#slotsReserved = added;
    reclaimer.retireBlock(directory >>> 1, tableBytes(capacity));
    reclaimer.advance();
  }
}
