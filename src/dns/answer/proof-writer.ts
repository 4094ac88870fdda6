/**
 * Adds NSEC and NSEC3 records with their signatures to the authority section, each once a reply.
 */
import type { ImageLookup } from '#dns/image/image-lookup.ts';
import { ENTRY_SIGNATURE, ENTRY_SIZE } from '#dns/image/layout.ts';
import { POINTER_MAX, type ReplyWriter } from './reply-writer.ts';

/** One for each wildcard of a chain, and at most three for its end. */
const PROOF_COUNT_MAX = 20;

export class ProofWriter {
  /** False once a record did not fit. */
  fits = true;
  readonly #lookup: ImageLookup;
  readonly #writer: ReplyWriter;
  readonly #sent = new Int32Array(PROOF_COUNT_MAX);
  #sentCount = 0;

  constructor(lookup: ImageLookup, writer: ReplyWriter) {
    this.#lookup = lookup;
    this.#writer = writer;
  }

  /** Starts a reply. */
  begin(): void {
    this.fits = true;
    this.#sentCount = 0;
  }

  /**
   * Adds the record of this type at a node; 0 and a node without one add nothing.
   * @param nameAt where the name that the proof is about stands in the message
   * @param apexAt where the apex of the node's zone does
   */
  add(node: number, type: number, nameAt: number, apexAt: number): void {
    if (node === 0 || !this.fits || this.#isSent(node)) return;
    const entry = this.#lookup.findEntry(node, type);
    if (entry === 0 || this.#lookup.words[entry + ENTRY_SIZE] >>> 16 !== 1) return;
    const signatures = this.#lookup.findEntry(node, type | ENTRY_SIGNATURE);
    const writer = this.#writer;
    const ownerSize = writer.placeOwner(node, nameAt, apexAt);
    // Behind a large answer over a stream no pointer can name the owner: it is written each time.
    const isFar = writer.at - writer.base > POINTER_MAX;
    let size = ownerSize + writer.sizeOf(entry);
    if (signatures !== 0) {
      size += writer.sizeOf(signatures);
      if (isFar) size += ownerSize * (this.#lookup.words[signatures + ENTRY_SIZE] >>> 16);
    }
    if (!writer.hasRoomFor(size)) {
      this.fits = false;
      return;
    }
    const ownerAt = writer.namedRrset(node, entry);
    if (signatures === 0) return;
    if (isFar) writer.namedRrset(node, signatures);
    else writer.rrset(signatures, ownerAt, apexAt);
  }

  #isSent(node: number): boolean {
    for (let index = 0; index < this.#sentCount; index++) {
      if (this.#sent[index] === node) return true;
    }
    if (this.#sentCount === PROOF_COUNT_MAX) return true;
    this.#sent[this.#sentCount] = node;
    this.#sentCount += 1;
    return false;
  }
}
