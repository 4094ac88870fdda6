/**
 * Which NSEC records prove what is not there (RFC 4035 section 3.1.3): the one at a name, or the
 * one whose owner is the last before it in canonical order.
 */
import type { ImageLookup } from '#dns/image/image-lookup.ts';
import { ITEM_NODE, ITEM_PREVIOUS, NODE_INFO, NODE_NSEC } from '#dns/image/layout.ts';
import type { LookupName } from '#dns/image/lookup-name.ts';
import { findAtOrBefore } from '#dns/image/order-index.ts';
import { NAME_SIZE_MAX } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import type { PinnedZone } from './pinned-zone.ts';
import type { ProofWriter } from './proof-writer.ts';

/** Octets 0 and 1 of a label take two in a sort key. */
const KEY_SIZE_MAX = 2 * NAME_SIZE_MAX;

export class NsecProof {
  readonly #lookup: ImageLookup;
  readonly #zone: PinnedZone;
  readonly #proof: ProofWriter;
  readonly #key = new Uint8Array(KEY_SIZE_MAX);
  #keySize = 0;
  #nameAt = 0;
  #apexAt = 0;

  constructor(lookup: ImageLookup, zone: PinnedZone, proof: ProofWriter) {
    this.#lookup = lookup;
    this.#zone = zone;
    this.#proof = proof;
  }

  /**
   * Starts a proof.
   * @param nameAt where the name stands in the message; @param apexAt where its zone's apex does
   */
  begin(nameAt: number, apexAt: number): void {
    this.#nameAt = nameAt;
    this.#apexAt = apexAt;
  }

  /** NXDOMAIN: neither the name nor the wildcard that could stand for it. */
  proveMissing(name: LookupName, encloserLabel: number): void {
    this.#addCovering(name, 0, false);
    this.#addCovering(name, encloserLabel, true);
  }

  /** The name exists, or a wildcard stands for it, but not with this type. */
  proveNoData(node: number, name: LookupName, encloserLabel: number): void {
    if ((this.#lookup.words[node + NODE_INFO] & NODE_NSEC) !== 0) this.#add(node);
    else this.#addCovering(name, 0, false);
    if (encloserLabel >= 0) this.#addCovering(name, 0, false);
  }

  /** A wildcard answered: the node whose NSEC proves that the name itself is not there, or 0. */
  findExpansion(name: LookupName): number {
    return this.#findCovering(name, 0, false);
  }

  /** A delegation without DS: the NSEC at the cut lacks its bit. */
  proveNoDs(node: number): void {
    this.#add(node);
  }

  #add(node: number): void {
    this.#proof.add(node, TYPE.NSEC, this.#nameAt, this.#apexAt);
  }

  #addCovering(name: LookupName, label: number, isWildcard: boolean): void {
    this.#add(this.#findCovering(name, label, isWildcard));
  }

  /** The node whose NSEC covers the name from `label` on, or the `*` below it; or 0. */
  #findCovering(name: LookupName, label: number, isWildcard: boolean): number {
    this.#makeKey(name, label, isWildcard);
    const lookup = this.#lookup;
    const head = this.#zone.nsecIndex;
    let item = findAtOrBefore(lookup, head, this.#key, this.#keySize);
    while (item !== head) {
      const node = lookup.nodeIn(lookup.words[item + ITEM_NODE], this.#zone.version);
      if (node !== 0 && (lookup.words[node + NODE_INFO] & NODE_NSEC) !== 0) return node;
      item = lookup.words[item + ITEM_PREVIOUS] << 1;
    }
    return 0;
  }

  /** The sort key (dns/wire/name.ts) of the name from `label` on, or of the `*` below it. */
  #makeKey(name: LookupName, label: number, isWildcard: boolean): void {
    const { octets, labelAt } = name;
    this.#keySize = 0;
    for (let index = name.labels - this.#zone.labels - 1; index >= label; index--) {
      const end = labelAt[index] + 1 + octets[labelAt[index]];
      for (let at = labelAt[index] + 1; at < end; at++) {
        const octet = octets[at];
        if (octet > 1) this.#push(octet);
        else {
          this.#push(1);
          this.#push(octet + 1);
        }
      }
      this.#push(0);
    }
    if (!isWildcard) return;
    this.#push(0x2a);
    this.#push(0);
  }

  #push(octet: number): void {
    this.#key[this.#keySize] = octet;
    this.#keySize += 1;
  }
}
