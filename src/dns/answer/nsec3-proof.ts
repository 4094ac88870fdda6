/**
 * Which NSEC3 records prove what is not there (RFC 5155 section 7.2). Names are hashed; a hash is
 * matched by the record whose owner it is, or covered by the last one before it, in a circle.
 *
 *     closest encloser proof: the encloser matched, the next closer name (one label more) covered
 */
import type { ImageLookup } from '#dns/image/image-lookup.ts';
import {
  ENTRY_RECORDS_OCTET,
  ITEM_INFO,
  ITEM_NEXT,
  ITEM_NODE,
  ITEM_PREVIOUS,
  NODE_INFO,
  NODE_NSEC,
  WINDOW_WORD_MASK,
  WINDOW_WORD_SHIFT,
} from '#dns/image/layout.ts';
import type { LookupName } from '#dns/image/lookup-name.ts';
import { findAtOrBefore, findLast } from '#dns/image/order-index.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { NSEC3_HASH_SIZE, NSEC3_ITERATIONS_MAX, Nsec3Hash } from './nsec3-hash.ts';
import type { PinnedZone } from './pinned-zone.ts';
import type { ProofWriter } from './proof-writer.ts';

const ALGORITHM_SHA1 = 1;
const STAR = Uint8Array.of(1, 0x2a);

export class Nsec3Proof {
  readonly #lookup: ImageLookup;
  readonly #zone: PinnedZone;
  readonly #proof: ProofWriter;
  readonly #hash = new Nsec3Hash();
  /** Parameters of the zone; where the salt lies in the image. */
  #iterations = 0;
  #window: Uint8Array = new Uint8Array(0);
  #saltAt = 0;
  #saltSize = 0;
  #apexAt = 0;
  /** Set by `#find`. */
  #isMatch = false;

  constructor(lookup: ImageLookup, zone: PinnedZone, proof: ProofWriter) {
    this.#lookup = lookup;
    this.#zone = zone;
    this.#proof = proof;
  }

  /**
   * Starts a proof with the zone's parameters (RFC 5155 section 4).
   * @param apexAt where the zone's apex stands in the message
   * @returns false when there are no parameters that we know
   */
  begin(apexAt: number): boolean {
    this.#apexAt = apexAt;
    const entry = this.#lookup.findEntry(this.#zone.apex, TYPE.NSEC3PARAM);
    if (entry === 0 || this.#zone.nsec3Index === 0) return false;
    const window = this.#lookup.windows[entry >>> WINDOW_WORD_SHIFT];
    const at = ((entry & WINDOW_WORD_MASK) << 2) + ENTRY_RECORDS_OCTET + 2;
    this.#window = window;
    this.#iterations = (window[at + 2] << 8) | window[at + 3];
    this.#saltSize = window[at + 4];
    this.#saltAt = at + 5;
    return window[at] === ALGORITHM_SHA1 && this.#iterations <= NSEC3_ITERATIONS_MAX;
  }

  /** NXDOMAIN (section 7.2.2). */
  proveMissing(name: LookupName, encloserLabel: number): void {
    this.#addEncloserProof(name, encloserLabel);
    this.#add(this.#find(name, encloserLabel, true));
  }

  /** No such type (sections 7.2.3 to 7.2.5). */
  proveNoData(name: LookupName, encloserLabel: number): void {
    if (encloserLabel >= 0) {
      this.#addEncloserProof(name, encloserLabel);
      this.#add(this.#find(name, encloserLabel, true));
      return;
    }
    this.proveNoDs(name, 0);
  }

  /** A wildcard answered (section 7.2.6): the node that proves the next closer name not there. */
  findExpansion(name: LookupName, encloserLabel: number): number {
    return this.#find(name, encloserLabel - 1, false);
  }

  /**
   * No DS at the name that begins at `label` (section 7.2.4, 7.2.7): its own record, or where
   * opt-out has left it out, a proof for the closest ancestor that has one.
   */
  proveNoDs(name: LookupName, label: number): void {
    const node = this.#find(name, label, false);
    if (this.#isMatch) {
      this.#add(node);
      return;
    }
    const apexLabel = name.labels - this.#zone.labels;
    for (let encloser = label + 1; encloser <= apexLabel; encloser++) {
      const found = this.#find(name, encloser, false);
      if (!this.#isMatch) continue;
      this.#add(found);
      this.#add(this.#find(name, encloser - 1, false));
      return;
    }
  }

  #addEncloserProof(name: LookupName, encloserLabel: number): void {
    this.#add(this.#find(name, encloserLabel, false));
    this.#add(this.#find(name, encloserLabel - 1, false));
  }

  #add(node: number): void {
    this.#proof.add(node, TYPE.NSEC3, this.#apexAt, this.#apexAt);
  }

  /**
   * The node that matches or covers the hash of the name from `label` on, or of the `*` below it.
   */
  #find(name: LookupName, label: number, isWildcard: boolean): number {
    const hash = this.#hash;
    hash.begin();
    if (isWildcard) hash.add(STAR, 0, STAR.length);
    hash.add(name.octets, name.labelAt[label], name.size);
    hash.compute(this.#window, this.#saltAt, this.#saltSize, this.#iterations);
    const lookup = this.#lookup;
    const head = this.#zone.nsec3Index;
    const item = findAtOrBefore(lookup, head, hash.digest, NSEC3_HASH_SIZE);
    const isEqual = item !== head && this.#isDigest(item);
    const node = this.#liveAtOrBefore(item);
    this.#isMatch = isEqual && node !== 0 && node === this.#liveNode(item);
    return node === 0 ? this.#liveAtOrBefore(findLast(lookup, head)) : node;
  }

  /** The item's node if the query's version has an NSEC3 record there, or 0. */
  #liveNode(item: number): number {
    const { words } = this.#lookup;
    const node = this.#lookup.nodeIn(words[item + ITEM_NODE], this.#zone.version);
    return node !== 0 && (words[node + NODE_INFO] & NODE_NSEC) !== 0 ? node : 0;
  }

  /** The node of this item, or of the nearest before it, that is in the query's version; or 0. */
  #liveAtOrBefore(from: number): number {
    let item = from;
    while (item !== this.#zone.nsec3Index) {
      const node = this.#liveNode(item);
      if (node !== 0) return node;
      item = this.#lookup.words[item + ITEM_PREVIOUS] << 1;
    }
    return 0;
  }

  #isDigest(item: number): boolean {
    const info = this.#lookup.words[item + ITEM_INFO];
    if ((info & 0xffff) !== NSEC3_HASH_SIZE) return false;
    const window = this.#lookup.windows[item >>> WINDOW_WORD_SHIFT];
    const at = ((item & WINDOW_WORD_MASK) + ITEM_NEXT + (info >>> 16)) << 2;
    for (let step = 0; step < NSEC3_HASH_SIZE; step++) {
      if (window[at + step] !== this.#hash.digest[step]) return false;
    }
    return true;
  }
}
