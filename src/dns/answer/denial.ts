/**
 * Proofs of what is not there, for clients that asked with DO: from NSEC3 records where the zone
 * has them, else from NSEC records, else none (the zone is not signed). Each method adds to the
 * authority section and gives false when the proof did not fit.
 */
import type { ImageLookup } from '#dns/image/image-lookup.ts';
import type { LookupName } from '#dns/image/lookup-name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { NsecProof } from './nsec-proof.ts';
import { Nsec3Proof } from './nsec3-proof.ts';
import type { PinnedZone } from './pinned-zone.ts';
import { ProofWriter } from './proof-writer.ts';
import type { ReplyWriter } from './reply-writer.ts';

const KIND_NONE = 0;
const KIND_NSEC = 1;
const KIND_NSEC3 = 2;
/** Words that are kept of a wildcard's expansion. */
const EXPANSION_WORDS = 4;

export class Denial {
  readonly #zone: PinnedZone;
  readonly #proof: ProofWriter;
  readonly #nsec: NsecProof;
  readonly #nsec3: Nsec3Proof;
  /** Of the wildcards that answered so far: node, type, where the name and its apex stand. */
  readonly #expansions: Int32Array;
  #expansionCount = 0;

  /** @param expansionsMax how many wildcards one query can meet */
  constructor(lookup: ImageLookup, zone: PinnedZone, writer: ReplyWriter, expansionsMax: number) {
    this.#zone = zone;
    this.#proof = new ProofWriter(lookup, writer);
    this.#nsec = new NsecProof(lookup, zone, this.#proof);
    this.#nsec3 = new Nsec3Proof(lookup, zone, this.#proof);
    this.#expansions = new Int32Array(EXPANSION_WORDS * expansionsMax);
  }

  /** Starts a reply. */
  begin(): void {
    this.#proof.begin();
    this.#expansionCount = 0;
  }

  /** True if the zone has a chain of NSEC or NSEC3 records. */
  get isSigned(): boolean {
    return this.#zone.nsecIndex !== 0 || this.#zone.nsec3Index !== 0;
  }

  /** @param encloserLabel where the closest encloser begins in the name, here and below */
  proveMissing(name: LookupName, encloserLabel: number): boolean {
    const kind = this.#kind(name);
    if (kind === KIND_NSEC3) this.#nsec3.proveMissing(name, encloserLabel);
    else if (kind === KIND_NSEC) this.#nsec.proveMissing(name, encloserLabel);
    return this.#proof.fits;
  }

  /** @param encloserLabel -1 when `node` is the name itself and not a wildcard's */
  proveNoData(node: number, name: LookupName, encloserLabel: number): boolean {
    const kind = this.#kind(name);
    if (kind === KIND_NSEC3) this.#nsec3.proveNoData(name, encloserLabel);
    else if (kind === KIND_NSEC) this.#nsec.proveNoData(node, name, encloserLabel);
    return this.#proof.fits;
  }

  /** @param node at the zone cut, which begins at `label` of the name */
  proveNoDs(node: number, name: LookupName, label: number): boolean {
    const kind = this.#kind(name);
    if (kind === KIND_NSEC3) this.#nsec3.proveNoDs(name, label);
    else if (kind === KIND_NSEC) this.#nsec.proveNoDs(node);
    return this.#proof.fits;
  }

  /**
   * A wildcard answered for the name: notes what proves that this was right. The answer section
   * may go on behind a CNAME, so it is written later, by `writeExpansions`.
   */
  noteExpansion(name: LookupName, encloserLabel: number): void {
    const kind = this.#kind(name);
    if (kind === KIND_NONE) return;
    const isNsec3 = kind === KIND_NSEC3;
    const at = EXPANSION_WORDS * this.#expansionCount;
    this.#expansionCount += 1;
    this.#expansions[at] = isNsec3
      ? this.#nsec3.findExpansion(name, encloserLabel)
      : this.#nsec.findExpansion(name);
    this.#expansions[at + 1] = isNsec3 ? TYPE.NSEC3 : TYPE.NSEC;
    this.#expansions[at + 2] = name.positions[0];
    this.#expansions[at + 3] = this.#apexAt(name);
  }

  /** Proves the expansions that were noted; the writer is in the authority section. */
  writeExpansions(): boolean {
    const end = EXPANSION_WORDS * this.#expansionCount;
    for (let at = 0; at < end; at += EXPANSION_WORDS) {
      const words = this.#expansions;
      this.#proof.add(words[at], words[at + 1], words[at + 2], words[at + 3]);
    }
    this.#expansionCount = 0;
    return this.#proof.fits;
  }

  #apexAt(name: LookupName): number {
    return name.positions[name.labels - this.#zone.labels];
  }

  #kind(name: LookupName): number {
    const apexAt = this.#apexAt(name);
    if (this.#zone.nsec3Index !== 0 && this.#nsec3.begin(apexAt)) return KIND_NSEC3;
    this.#nsec.begin(name.positions[0], apexAt);
    return this.#zone.nsecIndex === 0 ? KIND_NONE : KIND_NSEC;
  }
}
