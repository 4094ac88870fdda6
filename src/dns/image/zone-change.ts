/**
 * One change of a zone that is being served: planned and written first, where it may fail and
 * leaves nothing, then linked and published, where nothing can fail.
 *
 *     plan    edited names -> new nodes; names that come or go tell their parents, up to the apex
 *     reserve slots of the name table, items of the ordered indexes
 *     commit  link nodes (readers still see the older ones behind them), store the zone's version
 */
import {
  formatName,
  isAtOrBelow,
  isWildcard,
  lowerName,
  type Name,
  nameKey,
  parentName,
} from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { ImageError } from './image-error.ts';
import { IndexEdit } from './index-edit.ts';
import {
  NODE_CHILDREN,
  NODE_INFO,
  NODE_PRESENT,
  NODE_UNITS,
  NODE_WILDCARD_CHILD,
  UNIT_SIZE,
  ZONE_APEX,
  ZONE_NAME_COUNT,
  ZONE_RECORD_COUNT,
  ZONE_TABLE,
  ZONE_VERSION,
} from './layout.ts';
import {
  addName,
  newestNode,
  reserveSlots,
  type WriterParts,
  zoneApex,
  zoneLabels,
} from './zone-block.ts';
import type { ZoneEdit } from './zone-edit.ts';

/** A name that the change touches. Units and words as in layout.ts, 0 for none. */
interface PlannedNode {
  owner: Name;
  depth: number;
  hash: number;
  /** Unit of the newest node before the change. */
  before: number;
  wasPresent: boolean;
  hasEntries: boolean;
  hasWildcardChild: boolean;
  children: number;
  /** Unit of the new node; 0 where only the number of children changes. */
  after: number;
}

/** A version number that is never 0, which marks settled nodes. */
function nextVersion(version: number): number {
  const next = (version + 1) | 0;
  return next === 0 ? 1 : next;
}

export class ZoneChange {
  readonly #parts: WriterParts;
  readonly #zone: number;
  readonly #apex: Name;
  readonly #apexDepth: number;
  readonly #version: number;
  readonly #planned = new Map<string, PlannedNode>();
  /** Planned names by number of labels: parents are planned while their children are looked at. */
  readonly #byDepth: PlannedNode[][] = [];
  readonly #index: IndexEdit;
  #recordsAdded = 0;

  /** @param zone its word */
  constructor(parts: WriterParts, zone: number) {
    this.#parts = parts;
    this.#zone = zone;
    this.#apex = zoneApex(parts.lookup, zone);
    this.#apexDepth = zoneLabels(parts.words, zone);
    this.#version = nextVersion(parts.words[zone + ZONE_VERSION]);
    this.#index = new IndexEdit(parts, zone, this.#apex, this.#version);
  }

  /** By how many the zone's records grow. */
  get recordsAdded(): number {
    return this.#recordsAdded;
  }

  /**
   * Plans, writes and reserves; readers see nothing of it.
   * @throws ImageError IMAGE_FULL, IMAGE_TOO_LARGE, IMAGE_ZONE_INVALID; the zone is as it was then
   */
  prepare(edits: readonly ZoneEdit[]): void {
    try {
      for (const ownerEdits of this.#groupByOwner(edits)) this.#planEdits(ownerEdits);
      this.#settlePresence();
      this.#reserve();
    } catch (error) {
      this.giveUp();
      throw error;
    }
  }

  #groupByOwner(edits: readonly ZoneEdit[]): Iterable<ZoneEdit[]> {
    const byOwner = new Map<string, ZoneEdit[]>();
    for (const edit of edits) {
      if (!isAtOrBelow(edit.owner, this.#apex)) {
        throw new ImageError(
          'IMAGE_ZONE_INVALID',
          `${formatName(edit.owner)} is not in zone ${formatName(this.#apex)}: change it elsewhere`,
        );
      }
      const key = nameKey(edit.owner);
      const group = byOwner.get(key);
      if (group === undefined) byOwner.set(key, [edit]);
      else group.push(edit);
    }
    return byOwner.values();
  }

  #planEdits(edits: readonly ZoneEdit[]): void {
    const owner = lowerName(edits[0].owner);
    this.#recordsAdded += this.#index.planNsec3(owner, edits);
    const inTree = edits.filter((edit) => edit.type !== TYPE.NSEC3);
    if (inTree.length === 0) return;
    const planned = this.#plan(owner);
    const { draft } = this.#parts;
    const recordsBefore = this.#loadDraft(planned);
    for (const { type, rrset } of inTree) {
      if (rrset === undefined) draft.remove(type);
      else draft.set(rrset, (covered) => covered !== TYPE.NSEC3);
    }
    planned.hasEntries = !draft.isEmpty;
    this.#recordsAdded += draft.recordCount - recordsBefore;
    this.#writeDraft(planned);
  }

  /** Fills the draft with what the name owns now and gives its number of records. */
  #loadDraft(planned: PlannedNode): number {
    const { draft, lookup } = this.#parts;
    draft.begin(planned.owner, this.#apex);
    if (planned.wasPresent) draft.loadNode(lookup, planned.before << 1);
    return draft.recordCount;
  }

  #writeDraft(planned: PlannedNode): void {
    const { draft, lookup, allocator } = this.#parts;
    planned.after = draft.write(lookup, allocator, {
      hash: planned.hash,
      from: this.#version,
      older: planned.before,
      children: 0,
      flags: 0,
    });
  }

  #plan(owner: Name): PlannedNode {
    const key = nameKey(owner);
    const known = this.#planned.get(key);
    if (known !== undefined) return known;
    const { words, lookup, name } = this.#parts;
    name.readName(owner);
    name.hash(lookup.hashSeed);
    const before = newestNode(this.#parts, this.#zone, name, 0);
    const info = before === 0 ? 0 : words[(before << 1) + NODE_INFO];
    const wasPresent = (info & NODE_PRESENT) !== 0;
    const planned: PlannedNode = {
      owner,
      depth: name.labels,
      hash: name.hashes[0],
      before,
      wasPresent,
      hasEntries: wasPresent && lookup.entriesBegin(before << 1) < this.#lastEntryEnd(before << 1),
      hasWildcardChild: (info & NODE_WILDCARD_CHILD) !== 0,
      children: before === 0 ? 0 : words[(before << 1) + NODE_CHILDREN],
      after: 0,
    };
    this.#planned.set(key, planned);
    (this.#byDepth[planned.depth] ??= []).push(planned);
    return planned;
  }

  /** Where the entries of a node end if it has any: a lone padding word is none. */
  #lastEntryEnd(node: number): number {
    const { words, lookup } = this.#parts;
    const begin = lookup.entriesBegin(node);
    const end = lookup.entriesEnd(node);
    return begin < end && words[begin] === 0 ? begin : end;
  }

  #isPresentAfter(planned: PlannedNode): boolean {
    return planned.depth === this.#apexDepth || planned.hasEntries || planned.children > 0;
  }

  /** Deepest first, so that a parent is looked at when all its children have told it. */
  #settlePresence(): void {
    for (let depth = this.#byDepth.length - 1; depth > this.#apexDepth; depth--) {
      for (const planned of this.#byDepth[depth] ?? []) {
        const isPresent = this.#isPresentAfter(planned);
        if (isPresent === planned.wasPresent) continue;
        this.#ensureNode(planned);
        const parent = this.#plan(parentName(planned.owner) ?? this.#apex);
        parent.children += isPresent ? 1 : -1;
        if (!isWildcard(planned.owner)) continue;
        parent.hasWildcardChild = isPresent;
        this.#ensureNode(parent);
      }
    }
    for (const planned of this.#planned.values()) this.#finishNode(planned);
  }

  #ensureNode(planned: PlannedNode): void {
    if (planned.after !== 0) return;
    this.#loadDraft(planned);
    this.#writeDraft(planned);
  }

  #finishNode(planned: PlannedNode): void {
    if (planned.after === 0) return;
    const { words } = this.#parts;
    const node = planned.after << 1;
    words[node + NODE_CHILDREN] = planned.children;
    if (this.#isPresentAfter(planned)) words[node + NODE_INFO] |= NODE_PRESENT;
    if (planned.hasWildcardChild) words[node + NODE_INFO] |= NODE_WILDCARD_CHILD;
  }

  #reserve(): void {
    let added = 0;
    for (const planned of this.#planned.values()) {
      if (planned.after === 0) continue;
      if (planned.before === 0 && !this.#isPresentAfter(planned)) {
        this.#dropNode(planned);
        continue;
      }
      if (planned.before === 0) added += 1;
      this.#index.planNsec(planned.owner, planned.after);
    }
    reserveSlots(this.#parts, this.#zone, added, true);
  }

  #dropNode(planned: PlannedNode): void {
    const { words, allocator } = this.#parts;
    allocator.free(planned.after, words[(planned.after << 1) + NODE_UNITS] * UNIT_SIZE);
    planned.after = 0;
  }

  /** Lets go what `prepare` wrote. */
  giveUp(): void {
    for (const planned of this.#planned.values()) {
      if (planned.after !== 0) this.#dropNode(planned);
    }
    this.#index.giveUp();
  }

  /** Readers see the prepared change at once and whole. Cannot fail. */
  commit(): void {
    const { words, reclaimer } = this.#parts;
    const zone = this.#zone;
    for (const planned of this.#planned.values()) this.#link(planned);
    this.#index.link();
    words[zone + ZONE_RECORD_COUNT] += this.#recordsAdded;
    Atomics.store(words, zone + ZONE_VERSION, this.#version);
    for (const { owner, after } of this.#planned.values()) {
      if (after !== 0) reclaimer.retireOlder(zone, after << 1, this.#index.nsecPlace(owner));
    }
    this.#index.retire();
    reclaimer.advance();
  }

  #link(planned: PlannedNode): void {
    const parts = this.#parts;
    const { words, lookup, name } = parts;
    const zone = this.#zone;
    if (planned.after === 0) {
      if (planned.before !== 0) words[(planned.before << 1) + NODE_CHILDREN] = planned.children;
      return;
    }
    const isPresent = this.#isPresentAfter(planned);
    words[zone + ZONE_NAME_COUNT] += Number(isPresent) - Number(planned.wasPresent);
    if (planned.depth === this.#apexDepth) {
      Atomics.store(words, zone + ZONE_APEX, planned.after);
    } else if (planned.before === 0) addName(parts, zone, planned.hash, planned.after);
    else {
      name.readName(planned.owner);
      name.hash(lookup.hashSeed);
      const apexLabel = name.labels - this.#apexDepth;
      const slot = lookup.findSlot(words[zone + ZONE_TABLE] << 1, name, 0, apexLabel);
      Atomics.store(words, slot + 1, planned.after);
    }
  }
}
