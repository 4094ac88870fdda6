/**
 * Addresses of a referral's name servers, in the additional section (RFC 1034 section 4.3.2 step
 * 3b, RFC 9471). In-domain glue, without which the delegation cannot be followed, goes first, and
 * the reply is truncated where it does not fit; sibling glue goes along if there is room.
 */
import type { ImageLookup } from '#dns/image/image-lookup.ts';
import { LookupName } from '#dns/image/lookup-name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import type { PinnedZone } from './pinned-zone.ts';
import { POINTER_MAX, type ReplyWriter, SECTION_ADDITIONAL } from './reply-writer.ts';

/** Name servers of a delegation that are looked at; more would be unbounded work. */
export const GLUE_TARGETS_MAX = 64;

const RDLENGTH_OCTET = 10;
const RDATA_OCTET = 12;

export class Glue {
  readonly #lookup: ImageLookup;
  readonly #zone: PinnedZone;
  readonly #writer: ReplyWriter;
  readonly #target = new LookupName();
  #hasSiblings = false;

  constructor(lookup: ImageLookup, zone: PinnedZone, writer: ReplyWriter) {
    this.#lookup = lookup;
    this.#zone = zone;
    this.#writer = writer;
  }

  /**
   * Adds the addresses for the NS records that were written at [nsAt, nsEnd).
   * @param cutLabel where the delegated name begins in `name`
   * @returns false when required glue did not fit
   */
  add(nsAt: number, nsEnd: number, name: LookupName, cutLabel: number): boolean {
    this.#writer.section = SECTION_ADDITIONAL;
    this.#hasSiblings = false;
    if (!this.#addPass(nsAt, nsEnd, name, cutLabel, true)) return false;
    if (this.#hasSiblings) this.#addPass(nsAt, nsEnd, name, cutLabel, false);
    return true;
  }

  #addPass(
    nsAt: number,
    nsEnd: number,
    name: LookupName,
    cutLabel: number,
    inDomain: boolean,
  ): boolean {
    const { reply, base } = this.#writer;
    const target = this.#target;
    let at = nsAt;
    for (let count = 0; at < nsEnd && count < GLUE_TARGETS_MAX; count++) {
      const size = (reply[at + RDLENGTH_OCTET] << 8) | reply[at + RDLENGTH_OCTET + 1];
      const isName = target.readReply(reply, base, at + RDATA_OCTET);
      at += RDATA_OCTET + size;
      if (!isName || !this.#zone.contains(target)) continue;
      if (endsWith(target, name, cutLabel) !== inDomain) {
        this.#hasSiblings ||= inDomain;
        continue;
      }
      if (!this.#addAddresses() && inDomain) return false;
    }
    return true;
  }

  /** @returns false when there are some that did not fit */
  #addAddresses(): boolean {
    const target = this.#target;
    if (target.positions[0] > POINTER_MAX) return true;
    target.hash(this.#lookup.hashSeed);
    const node = this.#zone.findNode(target, 0);
    if (node === 0) return true;
    const fits = this.#addAddress(node, TYPE.A);
    return this.#addAddress(node, TYPE.AAAA) && fits;
  }

  #addAddress(node: number, type: number): boolean {
    const entry = this.#lookup.findEntry(node, type);
    if (entry === 0) return true;
    const writer = this.#writer;
    if (!writer.hasRoomFor(writer.sizeOf(entry))) return false;
    writer.rrset(entry, this.#target.positions[0], 0);
    return true;
  }
}

/** True if `name` is, or is below, the suffix of `other` that begins at `label`. */
function endsWith(name: LookupName, other: LookupName, label: number): boolean {
  const from = name.labels - (other.labels - label);
  if (from < 0) return false;
  const at = name.labelAt[from];
  const otherAt = other.labelAt[label];
  const size = other.size - otherAt;
  if (name.size - at !== size) return false;
  for (let step = 0; step < size; step++) {
    if (name.octets[at + step] !== other.octets[otherAt + step]) return false;
  }
  return true;
}
