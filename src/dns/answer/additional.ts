/**
 * What goes along with an answer in the additional section (RFC 1034 section 4.3.2 step 6): the
 * addresses of the hosts that its records name, where the zone itself has them and they are its own
 * to give (not below a zone cut). As two of NSD, Knot DNS and BIND at least have it:
 *
 *     NS MX SRV KX RT SVCB HTTPS    A and AAAA of the target, a wildcard's too
 *     SVCB HTTPS                    and the target's records of the same type (RFC 9460, 4.1)
 *
 * Nobody needs it, so what does not fit is left out and never a reason for TC; nor is a signed
 * wildcard expanded here, which would want a proof beside it.
 */

import type { ImageLookup } from '#dns/image/image-lookup.ts';
import {
  ENTRY_SIZE,
  NODE_CUT,
  NODE_DNAME,
  NODE_INFO,
  NODE_WILDCARD_CHILD,
} from '#dns/image/layout.ts';
import { LookupName } from '#dns/image/lookup-name.ts';
import { isServiceBinding, targetNameAt } from '#dns/image/target-name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import type { PinnedZone } from './pinned-zone.ts';
import { POINTER_MAX, type ReplyWriter, SECTION_ADDITIONAL } from './reply-writer.ts';

/** Records of an answer that are looked at; more would be unbounded work. */
export const ADDITIONAL_TARGETS_MAX = 16;

const RDLENGTH_OCTET = 10;
const RDATA_OCTET = 12;

export class Additional {
  readonly #lookup: ImageLookup;
  readonly #zone: PinnedZone;
  readonly #writer: ReplyWriter;
  readonly #target = new LookupName();
  /** Hashes of the targets that went along: several records may name one host. */
  readonly #written = new Int32Array(ADDITIONAL_TARGETS_MAX);
  #type = 0;
  #node = 0;
  #count = 0;
  #at = 0;
  /** The present target is a wildcard's name. */
  #isExpanded = false;

  constructor(lookup: ImageLookup, zone: PinnedZone, writer: ReplyWriter) {
    this.#lookup = lookup;
    this.#zone = zone;
    this.#writer = writer;
  }

  /** Starts a query. */
  forget(): void {
    this.#count = 0;
  }

  /** The answer is this entry of a node in the present zone, written from `at` in the buffer on. */
  note(node: number, entry: number, type: number, at: number): void {
    this.#node = node;
    this.#type = type;
    this.#count = this.#lookup.words[entry + ENTRY_SIZE] >>> 16;
    this.#at = at;
  }

  /** Adds what the noted answer calls for, if there is one. */
  write(dnssecOk: boolean): void {
    if (this.#count === 0) return;
    const { reply, base } = this.#writer;
    this.#writer.section = SECTION_ADDITIONAL;
    this.#written.fill(0);
    const nameAt = RDATA_OCTET + targetNameAt(this.#type);
    const count = Math.min(this.#count, ADDITIONAL_TARGETS_MAX);
    let at = this.#at;
    for (let record = 0; record < count; record++) {
      const size = (reply[at + RDLENGTH_OCTET] << 8) | reply[at + RDLENGTH_OCTET + 1];
      const isName = this.#target.readReply(reply, base, at + nameAt);
      at += RDATA_OCTET + size;
      if (isName && this.#zone.contains(this.#target)) this.#addTarget(record, dnssecOk);
    }
  }

  #addTarget(record: number, dnssecOk: boolean): void {
    const target = this.#target;
    target.hash(this.#lookup.hashSeed);
    const hash = target.hashes[0];
    this.#written[record] = hash;
    if (target.positions[0] > POINTER_MAX || this.#written.indexOf(hash) < record) return;
    const node = this.#findTarget();
    if (node === 0) return;
    if (isServiceBinding(this.#type) && node !== this.#node) this.#add(node, this.#type, dnssecOk);
    this.#add(node, TYPE.A, dnssecOk);
    this.#add(node, TYPE.AAAA, dnssecOk);
  }

  /** The node that answers for the target, if the zone has authority over it; or 0. */
  #findTarget(): number {
    const target = this.#target;
    const { words } = this.#lookup;
    let node = this.#zone.apex;
    this.#isExpanded = false;
    for (let label = target.labels - this.#zone.labels; ; label--) {
      const info = words[node + NODE_INFO];
      if ((info & NODE_CUT) !== 0) return 0;
      if (label === 0) return node;
      if ((info & NODE_DNAME) !== 0) return 0;
      const child = this.#zone.findNode(target, label - 1);
      if (child === 0) {
        this.#isExpanded = true;
        return (info & NODE_WILDCARD_CHILD) === 0 ? 0 : this.#zone.findWildcard(target, label);
      }
      node = child;
    }
  }

  /** With DO, the RRset with its signatures or not at all. */
  #add(node: number, type: number, dnssecOk: boolean): void {
    const writer = this.#writer;
    const entry = this.#lookup.findEntry(node, type);
    if (entry === 0) return;
    const signatures = dnssecOk ? this.#lookup.findSignatures(node, entry) : 0;
    if (this.#isExpanded && signatures !== 0) return;
    const size = writer.sizeOf(entry) + (signatures === 0 ? 0 : writer.sizeOf(signatures));
    if (!writer.hasRoomFor(size)) return;
    const ownerAt = this.#target.positions[0];
    writer.rrset(entry, ownerAt, 0);
    if (signatures !== 0) writer.rrset(signatures, ownerAt, 0);
  }
}
