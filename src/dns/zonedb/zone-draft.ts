/**
 * The next version of a zone while it is being made: the nodes that it needs are read from the
 * store at once and then changed in memory only. A draft of a draft can be kept or thrown away, so
 * that one bad change in a group does not harm the others.
 *
 *     load (waits for the store) -> node, setRrset … (never wait) -> changed
 */
import { assert } from '#base/assert.ts';
import { latin1 } from '#base/bytes.ts';
import { lowerName, type Name, sortKey } from '#dns/wire/name.ts';
import type { StoredRrset } from './change.ts';
import { parseNodeRow } from './node-row.ts';

/** A node as the store has it: its row (`undefined`: none) and what becomes of it. */
export interface DraftNode {
  /** Lower case: a zone and its journal say a name in one way. */
  owner: Name;
  /** Key relative to the apex. */
  key: Uint8Array;
  /** The key as one character per octet: what stands for the node in a Map. */
  place: string;
  row: Uint8Array | undefined;
  /** In order of type; empty where there is no such node. Never changed in place. */
  rrsets: readonly StoredRrset[];
}

/** Rows of the version that the draft starts from, by their keys relative to the apex. */
export type NodeReader = (keys: readonly Uint8Array[]) => Promise<(Uint8Array | undefined)[]>;

/** Nodes read at once. */
const LOAD_COUNT_MAX = 1024;

export class ZoneDraft {
  readonly apex: Name;
  readonly #read: NodeReader | undefined;
  readonly #base: ZoneDraft | undefined;
  /** As the store has them; one map for a draft and its branches. */
  readonly #stored: Map<string, DraftNode>;
  readonly #changed = new Map<string, DraftNode>();

  /** @param read left out: the zone is new, and has no nodes */
  constructor(apex: Name, read?: NodeReader, base?: ZoneDraft) {
    this.apex = apex;
    this.#read = read;
    this.#base = base;
    this.#stored = base === undefined ? new Map() : base.#stored;
  }

  /** A draft on top of this one. */
  branch(): ZoneDraft {
    return new ZoneDraft(this.apex, this.#read, this);
  }

  /** Takes over what a branch changed. */
  adopt(branch: ZoneDraft): void {
    for (const [place, node] of branch.#changed) this.#changed.set(place, node);
  }

  /** Reads nodes that will be asked for. Names outside the zone may be among them. */
  async load(owners: Iterable<Name>): Promise<void> {
    if (this.#read === undefined) return;
    let missing = new Map<string, DraftNode>();
    for (const owner of owners) {
      const key = sortKey(owner, this.apex);
      const place = latin1(key);
      if (this.#stored.has(place) || missing.has(place)) continue;
      missing.set(place, { owner: lowerName(owner), key, place, row: undefined, rrsets: [] });
      if (missing.size < LOAD_COUNT_MAX) continue;
      await this.#loadMissing(missing);
      missing = new Map();
    }
    if (missing.size > 0) await this.#loadMissing(missing);
  }

  async #loadMissing(missing: Map<string, DraftNode>): Promise<void> {
    assert(this.#read !== undefined, 'a draft that reads has a reader');
    const nodes = [...missing.values()];
    const rows = await this.#read(nodes.map(({ key }) => key));
    for (const [index, node] of nodes.entries()) {
      const row = rows[index];
      const rrsets = row === undefined ? [] : parseNodeRow(row);
      this.#stored.set(node.place, { ...node, row, rrsets });
    }
  }

  /** The owner must be in the zone, and loaded. */
  node(owner: Name): DraftNode {
    const key = sortKey(owner, this.apex);
    const place = latin1(key);
    const changed = this.#findChanged(place);
    if (changed !== undefined) return changed;
    const stored = this.#stored.get(place);
    if (stored !== undefined) return stored;
    assert(this.#read === undefined, 'a node is loaded before it is asked for');
    return { owner: lowerName(owner), key, place, row: undefined, rrsets: [] };
  }

  /** A node as it is by now. */
  again(node: DraftNode): DraftNode {
    return this.#findChanged(node.place) ?? node;
  }

  #findChanged(place: string): DraftNode | undefined {
    const own = this.#changed.get(place);
    return own === undefined && this.#base !== undefined ? this.#base.#findChanged(place) : own;
  }

  /** Sets one RRset of a node, or removes it (`undefined`). */
  setRrset(node: DraftNode, type: number, rrset: StoredRrset | undefined): void {
    const rrsets = node.rrsets.filter((other) => other.type !== type);
    if (rrset !== undefined) {
      const at = rrsets.findIndex((other) => other.type > type);
      rrsets.splice(at < 0 ? rrsets.length : at, 0, rrset);
    }
    this.#changed.set(node.place, { ...node, rrsets });
  }

  /** The nodes that were read, as the store showed them. */
  stored(): Iterable<DraftNode> {
    return this.#stored.values();
  }

  /** The nodes that this draft itself set, in no order. */
  changed(): Iterable<DraftNode> {
    return this.#changed.values();
  }
}
