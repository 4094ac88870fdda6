/**
 * The next version of a zone while it is being made: nodes read from the store on first use and
 * changed in memory only. A draft of a draft can be kept or thrown away, so that one bad change in
 * a group does not harm the others.
 */
import { latin1 } from '#base/bytes.ts';
import type { Name } from '#dns/wire/name.ts';
import { sortKey } from '#dns/wire/name.ts';
import type { StoredRrset } from './change.ts';

/** A node as the store has it: its row (`undefined`: none) and what the row says. */
export interface DraftNode {
  owner: Name;
  /** Key relative to the apex. */
  key: Uint8Array;
  row: Uint8Array | undefined;
  /** In order of type; empty where there is no such node. Never changed in place. */
  rrsets: readonly StoredRrset[];
}

/** Gives a node of the version that the draft starts from. */
export type NodeReader = (owner: Name, key: Uint8Array) => Promise<DraftNode>;

export class ZoneDraft {
  readonly apex: Name;
  readonly #read: NodeReader;
  readonly #base: ZoneDraft | undefined;
  readonly #nodes = new Map<string, DraftNode>();

  constructor(apex: Name, read: NodeReader, base?: ZoneDraft) {
    this.apex = apex;
    this.#read = read;
    this.#base = base;
  }

  /** A draft on top of this one. */
  branch(): ZoneDraft {
    return new ZoneDraft(this.apex, this.#read, this);
  }

  /** Takes over what a branch changed. */
  adopt(branch: ZoneDraft): void {
    for (const [key, node] of branch.#nodes) this.#nodes.set(key, node);
  }

  async node(owner: Name): Promise<DraftNode> {
    const key = sortKey(owner, this.apex);
    return this.#find(latin1(key)) ?? this.#read(owner, key);
  }

  #find(key: string): DraftNode | undefined {
    const own = this.#nodes.get(key);
    return own === undefined && this.#base !== undefined ? this.#base.#find(key) : own;
  }

  /** Sets one RRset of a node, or removes it (`undefined`). */
  setRrset(node: DraftNode, type: number, rrset: StoredRrset | undefined): void {
    const rrsets = node.rrsets.filter((other) => other.type !== type);
    if (rrset !== undefined) rrsets.push(rrset);
    rrsets.sort((a, b) => a.type - b.type);
    this.#nodes.set(latin1(node.key), { ...node, rrsets });
  }

  /** The nodes that this draft itself set, in no order. */
  changed(): Iterable<DraftNode> {
    return this.#nodes.values();
  }
}
