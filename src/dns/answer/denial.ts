/**
 * Proofs of what is not there, for clients that asked with DO: from NSEC3 records where the zone has
 * them, else from NSEC records, else none (the zone is not signed). Each method adds to the
 * authority section and gives false when the proof did not fit.
 */
import type { ImageLookup } from '#dns/image/image-lookup.ts';
import type { LookupName } from '#dns/image/lookup-name.ts';
import { NsecProof } from './nsec-proof.ts';
import { Nsec3Proof } from './nsec3-proof.ts';
import type { PinnedZone } from './pinned-zone.ts';
import { ProofWriter } from './proof-writer.ts';
import type { ReplyWriter } from './reply-writer.ts';

const KIND_NONE = 0;
const KIND_NSEC = 1;
const KIND_NSEC3 = 2;

export class Denial {
  readonly #zone: PinnedZone;
  readonly #proof: ProofWriter;
  readonly #nsec: NsecProof;
  readonly #nsec3: Nsec3Proof;

  constructor(lookup: ImageLookup, zone: PinnedZone, writer: ReplyWriter) {
    this.#zone = zone;
    this.#proof = new ProofWriter(lookup, writer);
    this.#nsec = new NsecProof(lookup, zone, this.#proof);
    this.#nsec3 = new Nsec3Proof(lookup, zone, this.#proof);
  }

  /** @param encloserLabel where the closest encloser begins in the name, here and below */
  proveMissing(name: LookupName, encloserLabel: number): boolean {
    const kind = this.#begin(name);
    if (kind === KIND_NSEC3) this.#nsec3.proveMissing(name, encloserLabel);
    else if (kind === KIND_NSEC) this.#nsec.proveMissing(name, encloserLabel);
    return this.#proof.fits;
  }

  /** @param encloserLabel -1 when `node` is the name itself and not a wildcard's */
  proveNoData(node: number, name: LookupName, encloserLabel: number): boolean {
    const kind = this.#begin(name);
    if (kind === KIND_NSEC3) this.#nsec3.proveNoData(name, encloserLabel);
    else if (kind === KIND_NSEC) this.#nsec.proveNoData(node, name, encloserLabel);
    return this.#proof.fits;
  }

  proveExpansion(name: LookupName, encloserLabel: number): boolean {
    const kind = this.#begin(name);
    if (kind === KIND_NSEC3) this.#nsec3.proveExpansion(name, encloserLabel);
    else if (kind === KIND_NSEC) this.#nsec.proveExpansion(name);
    return this.#proof.fits;
  }

  /** @param node at the zone cut, which begins at `label` of the name */
  proveNoDs(node: number, name: LookupName, label: number): boolean {
    const kind = this.#begin(name);
    if (kind === KIND_NSEC3) this.#nsec3.proveNoDs(name, label);
    else if (kind === KIND_NSEC) this.#nsec.proveNoDs(node);
    return this.#proof.fits;
  }

  #begin(name: LookupName): number {
    this.#proof.begin(name.positions[name.labels - this.#zone.labels]);
    if (this.#zone.nsec3Index !== 0 && this.#nsec3.begin()) return KIND_NSEC3;
    return this.#zone.nsecIndex === 0 ? KIND_NONE : KIND_NSEC;
  }
}
