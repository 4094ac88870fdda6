/**
 * Finding things in the image: the zone of a name, a node of a zone, an entry of a node. Plain
 * integer code over the arena without allocation, shared by readers and the writer. Nothing here
 * waits or checks for concurrent writing: a slot, once seen, leads to a block that stays as it is
 * until the reader's batch has ended.
 */
import type { Arena } from './arena.ts';
import {
  ARENA_DIRECTORY,
  ARENA_HASH_SEED,
  ARENA_ZONES_AT_DEPTH,
  ENTRY_KEY_MASK,
  ENTRY_SIGNATURE,
  ENTRY_SIZE,
  ENTRY_TYPE,
  NODE_FROM,
  NODE_INFO,
  NODE_NAME,
  NODE_OLDER,
  NODE_PRESENT,
  NODE_UNITS,
  SLOT_DELETED,
  TABLE_CAPACITY,
  TABLE_SLOTS,
  WINDOW_WORD_MASK,
  WINDOW_WORD_SHIFT,
  ZONE_NAME,
  ZONE_NAME_INFO,
} from './layout.ts';
import { type LookupName, spreadHash, wildcardHash } from './lookup-name.ts';

export class ImageLookup {
  readonly words: Int32Array;
  readonly windows: readonly Uint8Array[];
  /** What `LookupName.hash` starts from in this image. */
  readonly hashSeed: number;
  /** Set by `findZone`: the label of the name at which the apex begins. */
  zoneLabel = 0;

  constructor(arena: Arena) {
    this.words = arena.words;
    this.windows = arena.windows;
    this.hashSeed = arena.words[ARENA_HASH_SEED];
  }

  /**
   * The zone whose apex is the longest suffix of the name (its labels from `fromLabel` on), as the
   * word where its block begins, or 0. Depths at which there is no zone cost nothing.
   */
  findZone(name: LookupName, fromLabel: number): number {
    const directory = this.words[ARENA_DIRECTORY] << 1;
    for (let label = fromLabel; label <= name.labels; label++) {
      if (this.words[ARENA_ZONES_AT_DEPTH + name.labels - label] === 0) continue;
      const zone = this.#findApex(directory, name, label);
      if (zone !== 0) {
        this.zoneLabel = label;
        return zone;
      }
    }
    return 0;
  }

  #findApex(directory: number, name: LookupName, label: number): number {
    const slot = this.findApexSlot(directory, name, label);
    return slot === 0 ? 0 : this.words[slot + 1] << 1;
  }

  /** The directory's slot of the zone with exactly this apex, or 0. */
  findApexSlot(directory: number, name: LookupName, label: number): number {
    const { words } = this;
    const hash = name.hashes[label];
    const mask = words[directory + TABLE_CAPACITY] - 1;
    const slots = directory + TABLE_SLOTS;
    for (let index = spreadHash(hash) & mask; ; index = (index + 1) & mask) {
      const slot = slots + (index << 1);
      const unit = words[slot + 1];
      if (unit === 0) return 0;
      if (words[slot] !== hash || unit === SLOT_DELETED) continue;
      if (this.isApex(unit << 1, name, label)) return slot;
    }
  }

  /** True if the zone at this word has exactly the name from `label` on as its apex. */
  isApex(zone: number, name: LookupName, label: number): boolean {
    const at = name.labelAt[label];
    const size = name.size - at;
    if ((this.words[zone + ZONE_NAME_INFO] & 0xff) !== size) return false;
    const window = this.windows[zone >>> WINDOW_WORD_SHIFT];
    const apexAt = ((zone & WINDOW_WORD_MASK) + ZONE_NAME) << 2;
    for (let step = 0; step < size; step++) {
      if (window[apexAt + step] !== name.octets[at + step]) return false;
    }
    return true;
  }

  /**
   * The name table's slot of a name of the zone, or 0.
   * @param label where the name begins; @param apexLabel where the zone's apex does
   */
  findSlot(table: number, name: LookupName, label: number, apexLabel: number): number {
    const { words, windows } = this;
    const { octets } = name;
    const hash = name.hashes[label];
    const at = name.labelAt[label];
    const size = name.labelAt[apexLabel] - at;
    const mask = words[table + TABLE_CAPACITY] - 1;
    const slots = table + TABLE_SLOTS;
    for (let index = spreadHash(hash) & mask; ; index = (index + 1) & mask) {
      const slot = slots + (index << 1);
      const unit = words[slot + 1];
      if (unit === 0) return 0;
      if (words[slot] !== hash || unit === SLOT_DELETED) continue;
      const node = unit << 1;
      if ((words[node + NODE_INFO] & 0xff) !== size) continue;
      const window = windows[node >>> WINDOW_WORD_SHIFT];
      const nameAt = ((node & WINDOW_WORD_MASK) + NODE_NAME) << 2;
      let step = 0;
      while (step < size && window[nameAt + step] === octets[at + step]) step += 1;
      if (step === size) return slot;
    }
  }

  /** The slot of the child `*` of the name that begins at `label`, or 0. */
  findWildcardSlot(table: number, name: LookupName, label: number, apexLabel: number): number {
    const { words } = this;
    const hash = wildcardHash(name.hashes[label]);
    const at = name.labelAt[label];
    const size = name.labelAt[apexLabel] - at;
    const mask = words[table + TABLE_CAPACITY] - 1;
    const slots = table + TABLE_SLOTS;
    for (let index = spreadHash(hash) & mask; ; index = (index + 1) & mask) {
      const slot = slots + (index << 1);
      const unit = words[slot + 1];
      if (unit === 0) return 0;
      if (words[slot] !== hash || unit === SLOT_DELETED) continue;
      const node = unit << 1;
      if ((words[node + NODE_INFO] & 0xff) !== size + 2) continue;
      const window = this.windows[node >>> WINDOW_WORD_SHIFT];
      const nameAt = ((node & WINDOW_WORD_MASK) + NODE_NAME) << 2;
      if (window[nameAt] !== 1 || window[nameAt + 1] !== 0x2a) continue;
      let step = 0;
      while (step < size && window[nameAt + 2 + step] === name.octets[at + step]) step += 1;
      if (step === size) return slot;
    }
  }

  /**
   * From a name's newest node to the one that holds in a version, or 0 when the name does not
   * exist in it. Takes a unit, gives a word.
   */
  nodeIn(newestUnit: number, version: number): number {
    const { words } = this;
    let unit = newestUnit;
    while (unit > SLOT_DELETED) {
      const node = unit << 1;
      const from = words[node + NODE_FROM];
      if (from === 0 || ((from - version) | 0) <= 0) {
        return (words[node + NODE_INFO] & NODE_PRESENT) === 0 ? 0 : node;
      }
      unit = words[node + NODE_OLDER];
    }
    return 0;
  }

  /** Node of a name in a version, as a word, or 0. */
  findNode(
    table: number,
    name: LookupName,
    label: number,
    apexLabel: number,
    version: number,
  ): number {
    const slot = this.findSlot(table, name, label, apexLabel);
    return slot === 0 ? 0 : this.nodeIn(this.words[slot + 1], version);
  }

  /** First word of the node's first entry. */
  entriesBegin(node: number): number {
    return node + NODE_NAME + (((this.words[node + NODE_INFO] & 0xff) + 3) >> 2);
  }

  /** Word behind the node's last entry: a zero type, or the node's end. */
  entriesEnd(node: number): number {
    return node + (this.words[node + NODE_UNITS] << 1);
  }

  /**
   * The entry with this key (type, with ENTRY_SIGNATURE for the RRSIGs that cover it), or 0.
   * The last word of a node may be padding, whose type is 0.
   */
  findEntry(node: number, key: number): number {
    const { words } = this;
    const end = this.entriesEnd(node);
    let entry = this.entriesBegin(node);
    while (entry < end) {
      const found = words[entry + ENTRY_TYPE] & ENTRY_KEY_MASK;
      if (found === 0) return 0;
      if (found === key) return entry;
      entry += words[entry + ENTRY_SIZE] & 0xffff;
    }
    return 0;
  }

  /** The entry of the signatures over `entry`, right behind which they stand; or 0. */
  findSignatures(node: number, entry: number): number {
    const { words } = this;
    const next = entry + (words[entry + ENTRY_SIZE] & 0xffff);
    if (next >= this.entriesEnd(node)) return 0;
    const key = (words[entry + ENTRY_TYPE] & ENTRY_KEY_MASK) | ENTRY_SIGNATURE;
    return (words[next + ENTRY_TYPE] & ENTRY_KEY_MASK) === key ? next : 0;
  }
}
