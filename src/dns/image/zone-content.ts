/**
 * A zone read back out of the image: what it serves, name by name, with the RDATA whole again. For
 * the control thread alone, to repair the store from what is in memory. What the image does not
 * keep does not come back: the TTL of signatures (it is that of what they cover), and the letter
 * case of a part of a name that was compressed.
 */
import { concatBytes } from '#base/bytes.ts';
import type { Name } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { compareRdatas } from '#dns/zone/canonical-order.ts';
import type { Rrset } from '#dns/zone/rrset.ts';
import type { ImageLookup } from './image-lookup.ts';
import {
  ENTRY_HEAD_OCTET,
  ENTRY_KEY_MASK,
  ENTRY_RECORDS_OCTET,
  ENTRY_SIGNATURE,
  ENTRY_SIZE,
  ITEM_NEXT,
  ITEM_NODE,
  NODE_INFO,
  NODE_NAME,
  SLOT_DELETED,
  TABLE_CAPACITY,
  TABLE_SLOTS,
  WINDOW_WORD_MASK,
  WINDOW_WORD_SHIFT,
  ZONE_APEX,
  ZONE_NSEC3_INDEX,
  ZONE_TABLE,
  ZONE_VERSION,
} from './layout.ts';
import { SUFFIX_APEX, SUFFIX_KIND_MASK, SUFFIX_OWNER } from './rdata-suffix.ts';
import { isTargetCompressible, targetNameAt } from './target-name.ts';

/** An RR in a message before its RDATA, the owner being a pointer. */
const RECORD_HEAD_SIZE = 12;
/** Above this an octet is no label's length, but begins the two that stand for a name's end. */
const LABEL_SIZE_MAX = 63;
const PLACEHOLDER_SIZE = 2;
/** Of SOA behind its names. */
const SOA_NUMBERS_SIZE = 20;

/**
 * The RRsets of each name of a zone in its newest version, in no order of names. The zone must not
 * be changed before the end.
 * @param zone its word
 * @param apex lower case
 */
export function* zoneContent(lookup: ImageLookup, zone: number, apex: Name): Generator<Rrset[]> {
  const { words } = lookup;
  const version = words[zone + ZONE_VERSION];
  for (const unit of namesOf(lookup, zone)) {
    const node = lookup.nodeIn(unit, version);
    const rrsets = node === 0 ? [] : rrsetsOf(lookup, node, apex);
    if (rrsets.length > 0) yield rrsets;
  }
}

/**
 * How many records of each type one name has, signatures and its NSEC3 left out.
 * @param unit of its newest node, 0: it has none
 */
export function nodeCounts(lookup: ImageLookup, zone: number, unit: number): Map<number, number> {
  const { words } = lookup;
  const counts = new Map<number, number>();
  const node = unit === 0 ? 0 : lookup.nodeIn(unit, words[zone + ZONE_VERSION]);
  if (node === 0) return counts;
  const end = lookup.entriesEnd(node);
  for (let entry = lookup.entriesBegin(node); entry < end && words[entry] !== 0; ) {
    const key = words[entry] & ENTRY_KEY_MASK;
    if ((key & ENTRY_SIGNATURE) === 0) counts.set(key, words[entry + ENTRY_SIZE] >>> 16);
    entry += words[entry + ENTRY_SIZE] & 0xffff;
  }
  return counts;
}

/** Units of the newest node of each name: apex, other names, owners of NSEC3. */
function* namesOf({ words }: ImageLookup, zone: number): Generator<number> {
  yield words[zone + ZONE_APEX];
  const table = words[zone + ZONE_TABLE] << 1;
  const slots = table + TABLE_SLOTS;
  const end = slots + words[table + TABLE_CAPACITY] * 2;
  for (let slot = slots; slot < end; slot += 2) {
    if (words[slot + 1] > SLOT_DELETED) yield words[slot + 1];
  }
  const head = words[zone + ZONE_NSEC3_INDEX] << 1;
  for (let item = head; item !== 0; item = words[item + ITEM_NEXT] << 1) {
    if (item !== head) yield words[item + ITEM_NODE];
  }
}

function rrsetsOf(lookup: ImageLookup, node: number, apex: Name): Rrset[] {
  const { words, windows } = lookup;
  const window = windows[node >>> WINDOW_WORD_SHIFT];
  const nameAt = ((node & WINDOW_WORD_MASK) + NODE_NAME) << 2;
  const relative = window.subarray(nameAt, nameAt + (words[node + NODE_INFO] & 0xff));
  const owner = concatBytes([relative, apex]);
  const rrsets: Rrset[] = [];
  const end = lookup.entriesEnd(node);
  for (let entry = lookup.entriesBegin(node); entry < end && words[entry] !== 0; ) {
    const size = words[entry + ENTRY_SIZE] & 0xffff;
    const at = (entry & WINDOW_WORD_MASK) << 2;
    const octets = window.subarray(at, at + size * 4);
    rrsets.push(readEntry(octets, words[entry + ENTRY_SIZE] >>> 16, owner, apex));
    entry += size;
  }
  return joinSignatures(rrsets);
}

function readEntry(octets: Uint8Array, records: number, owner: Name, apex: Name): Rrset {
  const head = new DataView(octets.buffer, octets.byteOffset + ENTRY_HEAD_OCTET);
  const type = head.getUint16(0);
  const ttl = head.getUint32(4);
  const names = new EntryNames(owner, apex);
  const rdatas: Uint8Array[] = [];
  let at = ENTRY_RECORDS_OCTET;
  for (let left = records; left > 0; left--) {
    const size = (octets[at] << 8) | octets[at + 1];
    rdatas.push(names.expand(type, octets.subarray(at + 2, at + 2 + size)));
    at += 2 + size;
  }
  return { owner, type, ttl, rdatas: rdatas.sort((a, b) => compareRdatas(type, a, b)) };
}

/** The signatures of all types are one RRset, with the smallest TTL as everywhere else. */
function joinSignatures(rrsets: readonly Rrset[]): Rrset[] {
  const plain = rrsets.filter(({ type }) => type !== TYPE.RRSIG);
  const signatures = rrsets.filter(({ type }) => type === TYPE.RRSIG);
  if (signatures.length > 0) {
    const [{ owner, type }] = signatures;
    const ttl = Math.min(...signatures.map((one) => one.ttl));
    const rdatas = signatures.flatMap((one) => one.rdatas);
    plain.push({ owner, type, ttl, rdatas: rdatas.sort((a, b) => compareRdatas(type, a, b)) });
  }
  return plain.sort((a, b) => a.type - b.type);
}

/** Puts the ends of the names in an entry's RDATA back (rdata-suffix.ts). */
class EntryNames {
  readonly #owner: Name;
  readonly #apex: Name;
  /** Records so far: as stored, and where their RDATA stands behind the RRset's beginning. */
  readonly #records: { stored: Uint8Array; messageAt: number }[] = [];
  #wire = 0;

  constructor(owner: Name, apex: Name) {
    this.#owner = owner;
    this.#apex = apex;
  }

  expand(type: number, stored: Uint8Array): Uint8Array {
    this.#records.push({ stored, messageAt: this.#wire + RECORD_HEAD_SIZE });
    this.#wire += RECORD_HEAD_SIZE + stored.length;
    if (type === TYPE.SOA) {
      const mname = nameEnd(stored, 0);
      const rname = nameEnd(stored, mname);
      const names = [this.#name(stored, 0), this.#name(stored, mname)];
      return concatBytes([...names, stored.subarray(rname, rname + SOA_NUMBERS_SIZE)]);
    }
    const nameAt = targetNameAt(type);
    if (nameAt < 0 || !isTargetCompressible(type)) return Uint8Array.from(stored);
    return concatBytes([stored.subarray(0, nameAt), this.#name(stored, nameAt)]);
  }

  #name(octets: Uint8Array, at: number): Uint8Array {
    const end = nameEnd(octets, at);
    if (octets[end - 1] === 0) return octets.subarray(at, end);
    const cutAt = end - PLACEHOLDER_SIZE;
    const kind = octets[cutAt] & SUFFIX_KIND_MASK;
    const labels = octets.subarray(at, cutAt);
    if (kind === SUFFIX_OWNER) return concatBytes([labels, this.#owner]);
    if (kind === SUFFIX_APEX) return concatBytes([labels, this.#apex]);
    const offset = ((octets[cutAt] & ~SUFFIX_KIND_MASK) << 8) | octets[cutAt + 1];
    const earlier = this.#records.findLast(({ messageAt }) => messageAt <= offset);
    if (earlier === undefined) return labels;
    return concatBytes([labels, this.#name(earlier.stored, offset - earlier.messageAt)]);
  }
}

/** Behind a name that ends in the root or in a placeholder, whose last octet is never zero. */
function nameEnd(octets: Uint8Array, nameAt: number): number {
  let at = nameAt;
  while (octets[at] !== 0 && octets[at] <= LABEL_SIZE_MAX) at += 1 + octets[at];
  return octets[at] === 0 ? at + 1 : at + PLACEHOLDER_SIZE;
}
