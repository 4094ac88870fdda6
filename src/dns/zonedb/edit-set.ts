/**
 * What a change has done to its zone so far: every RRset that it touched, as it was before the
 * first step and is after the last. The draft is changed on the way.
 */
import type { RrsetEdit, StoredRrset } from './change.ts';
import { sameRrset } from './stored-rrset.ts';
import type { DraftNode, ZoneDraft } from './zone-draft.ts';

/** A node that the change touched, and which of its operations did so last. */
export interface TouchedNode {
  node: DraftNode;
  operation: number;
}

export class EditSet {
  readonly #draft: ZoneDraft;
  readonly #edits = new Map<string, RrsetEdit>();
  readonly #touched = new Map<string, TouchedNode>();
  /** Set when an UPDATE brought an SOA with the serial that the zone now gets. */
  serialGiven = false;

  constructor(draft: ZoneDraft) {
    this.#draft = draft;
  }

  /**
   * Sets one RRset of a node as the draft has it now, or removes it.
   * @param operation its place in the change
   */
  set(
    node: DraftNode,
    type: number,
    before: StoredRrset | undefined,
    after: StoredRrset | undefined,
    operation: number,
  ): void {
    this.#draft.setRrset(node, type, after);
    this.#touched.set(node.place, { node, operation });
    const key = `${type} ${node.place}`;
    const earlier = this.#edits.get(key);
    if (earlier !== undefined) earlier.after = after;
    else this.#edits.set(key, { owner: node.owner, type, before, after });
  }

  /** Each node once. */
  touched(): Iterable<TouchedNode> {
    return this.#touched.values();
  }

  /** What is another than it was, in the order in which it was first touched. */
  changes(): RrsetEdit[] {
    return [...this.#edits.values()].filter(({ before, after }) => !sameRrset(before, after));
  }
}
