/**
 * Name compression worked out when an RRset is stored (RFC 1035 section 4.1.4; only the types of
 * that RFC, RFC 3597 section 4). What a name's end can point to is known before any query: the
 * owner, the apex (a suffix of every owner), or an earlier name of the same RRset. The end is
 * replaced by two octets that say which, and the packet thread puts the real pointer there:
 *
 *     01...... .......1   the owner's position in the message
 *     10...... .......1   the apex's position in the message
 *     11oooooo oooooooo   o octets behind where this RRset begins in the message
 *
 * An uncompressed name ends in a zero octet and these never do, so no further mark is needed.
 */
import { lowerOctet } from '#dns/wire/name.ts';

export const SUFFIX_KIND_MASK = 0xc0;
export const SUFFIX_OWNER = 0x40;
export const SUFFIX_APEX = 0x80;
const SUFFIX_EARLIER = 0xc0;

/** How many earlier names of an RRset are tried. */
const EARLIER_COUNT_MAX = 4;
/** Keeps pointers below 2^14 wherever the RRset begins behind a question and a CNAME chain. */
const EARLIER_OFFSET_MAX = 0x1fff;

interface EarlierName {
  rdata: Uint8Array;
  nameAt: number;
  nameEnd: number;
  /** Labels from here on are not in the message. */
  cutAt: number;
  /** Where the RDATA begins, counted from where the RRset does. */
  messageAt: number;
}

export class RdataSuffix {
  /** Set by `cut`: the two octets to write, or 0. */
  placeholder = 0;
  /** Set by `cut`: the name is the apex or below it. */
  inZone = false;
  /** Made once and used again; the first `#earlierCount` count. */
  readonly #earlier: EarlierName[] = Array.from({ length: EARLIER_COUNT_MAX }, noName);
  #earlierCount = 0;
  #owner: Uint8Array = new Uint8Array(0);
  #apex: Uint8Array = new Uint8Array(0);
  #ownerUsable = false;

  /**
   * Starts an RRset.
   * @param owner lower case, uncompressed; @param apex likewise
   * @param ownerUsable false for a wildcard, whose name is not in the answers made from it
   */
  begin(owner: Uint8Array, apex: Uint8Array, ownerUsable: boolean): void {
    this.#owner = owner;
    this.#apex = apex;
    this.#ownerUsable = ownerUsable;
    this.#earlierCount = 0;
  }

  /**
   * Where to cut the name that stands at [nameAt, nameEnd) of `rdata`; `nameEnd` if it stays
   * whole.
   * @param messageAt where octet 0 of `rdata` will stand, counted from where the RRset begins
   */
  cut(rdata: Uint8Array, nameAt: number, nameEnd: number, messageAt: number): number {
    this.placeholder = 0;
    this.inZone = isSuffix(rdata, nameAt, nameEnd, this.#apex);
    let at = nameAt;
    while (nameEnd - at > 2 && this.placeholder === 0) {
      this.placeholder = this.#placeholderFor(rdata, at, nameEnd);
      if (this.placeholder === 0) at += 1 + rdata[at];
    }
    const cutAt = this.placeholder === 0 ? nameEnd : at;
    if (this.#earlierCount < EARLIER_COUNT_MAX) {
      const earlier = this.#earlier[this.#earlierCount];
      earlier.rdata = rdata;
      earlier.nameAt = nameAt;
      earlier.nameEnd = nameEnd;
      earlier.cutAt = cutAt;
      earlier.messageAt = messageAt;
      this.#earlierCount += 1;
    }
    return cutAt;
  }

  #placeholderFor(rdata: Uint8Array, at: number, end: number): number {
    const size = end - at;
    if (size === this.#apex.length && equalFolded(rdata, at, this.#apex, 0, size)) {
      return (SUFFIX_APEX << 8) | 1;
    }
    const owner = this.#owner;
    if (this.#ownerUsable && size === owner.length && equalFolded(rdata, at, owner, 0, size)) {
      return (SUFFIX_OWNER << 8) | 1;
    }
    for (let index = 0; index < this.#earlierCount; index++) {
      const earlier = this.#earlier[index];
      const labelAt = labelWithRest(earlier, size);
      if (labelAt < 0 || !equalFolded(rdata, at, earlier.rdata, labelAt, size)) continue;
      const offset = earlier.messageAt + labelAt;
      if (offset > EARLIER_OFFSET_MAX || (offset & 0xff) === 0) continue;
      return (SUFFIX_EARLIER << 8) | offset;
    }
    return 0;
  }
}

function noName(): EarlierName {
  return { rdata: new Uint8Array(0), nameAt: 0, nameEnd: 0, cutAt: 0, messageAt: 0 };
}

/**
 * Where the label begins with which `size` octets of the name are left, if it is in the message.
 */
function labelWithRest(name: EarlierName, size: number): number {
  const wanted = name.nameEnd - size;
  if (wanted < name.nameAt || wanted >= name.cutAt) return -1;
  let at = name.nameAt;
  while (at < wanted) at += 1 + name.rdata[at];
  return at === wanted ? at : -1;
}

function isSuffix(rdata: Uint8Array, nameAt: number, nameEnd: number, suffix: Uint8Array): boolean {
  const wanted = nameEnd - suffix.length;
  let at = nameAt;
  while (at < wanted) at += 1 + rdata[at];
  return at === wanted && equalFolded(rdata, at, suffix, 0, suffix.length);
}

function equalFolded(
  a: Uint8Array,
  aAt: number,
  b: Uint8Array,
  bAt: number,
  size: number,
): boolean {
  for (let step = 0; step < size; step++) {
    const left = a[aAt + step];
    const right = b[bAt + step];
    if (left !== right && lowerOctet(left) !== lowerOctet(right)) return false;
  }
  return true;
}
