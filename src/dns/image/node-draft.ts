/**
 * One node being put together outside the arena: its RRsets as entries (layout.ts), then written
 * as one block. The writer has one draft and reuses it.
 */
import { assert } from '#base/assert.ts';
import { formatName, isWildcard, type Name } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { CLASS_IN } from '#dns/wire/record.ts';
import type { PackedNode } from '#dns/zone/packed-node.ts';
import type { Rrset } from '#dns/zone/rrset.ts';
import type { Allocator } from './allocator.ts';
import { ImageError } from './image-error.ts';
import type { ImageLookup } from './image-lookup.ts';
import * as layout from './layout.ts';
import { RdataSuffix } from './rdata-suffix.ts';
import {
  hasAdditional,
  isServiceBinding,
  isTargetCompressible,
  targetNameAt,
} from './target-name.ts';

/** Word of an entry that holds the four octets of the TTL. */
const TTL_WORD = (layout.ENTRY_HEAD_OCTET + 4) / 4;

/** Grows by doubling up to NODE_SIZE_MAX. */
const DRAFT_SIZE_FIRST = 1 << 14;

export class NodeDraft {
  /** Records in all entries. */
  recordCount = 0;
  #octets = new Uint8Array(DRAFT_SIZE_FIRST);
  #words = new Int32Array(this.#octets.buffer);
  readonly #starts: number[] = [];
  readonly #suffix = new RdataSuffix();
  #used = 0;
  #owner: Name = new Uint8Array(0);
  #apex: Name = new Uint8Array(0);
  /** Of the entry being written: message octets, and the next octet of the draft. */
  #wire = 0;
  #at = 0;
  #entryFlags = 0;
  #mnameEnd = 0;
  /** Octet of the RDATA at which a name begins that may be compressed or looked up; or -1. */
  #nameAt = -1;

  /** Starts an empty node. @param owner lower case; @param apex lower case, the owner's suffix */
  begin(owner: Name, apex: Name): void {
    this.#owner = owner;
    this.#apex = apex;
    this.#used = 0;
    this.#starts.length = 0;
    this.recordCount = 0;
  }

  get isEmpty(): boolean {
    return this.#starts.length === 0;
  }

  /** True if there is an entry with this key: a type, with ENTRY_SIGNATURE for its RRSIGs. */
  has(key: number): boolean {
    return this.#starts.some((start) => this.#keyOf(start) === key);
  }

  /** Takes over a stored node's entries, except those that the draft has already. */
  loadNode(lookup: ImageLookup, node: number): void {
    const { words } = lookup;
    const end = lookup.entriesEnd(node);
    let entry = lookup.entriesBegin(node);
    while (entry < end && words[entry] !== 0) {
      const size = words[entry + layout.ENTRY_SIZE] & 0xffff;
      if (!this.has(words[entry] & layout.ENTRY_KEY_MASK)) {
        this.#reserve(size * 4);
        this.#words.set(words.subarray(entry, entry + size), this.#used);
        this.#push(size, words[entry + layout.ENTRY_SIZE] >>> 16);
      }
      entry += size;
    }
  }

  /** Removes a type; RRSIG removes the signatures of all types. */
  remove(type: number): void {
    for (let index = this.#starts.length - 1; index >= 0; index--) {
      const start = this.#starts[index];
      const key = this.#keyOf(start);
      const isSignature = (key & layout.ENTRY_SIGNATURE) !== 0;
      if (type === TYPE.RRSIG ? !isSignature : key !== type) continue;
      this.recordCount -= this.#words[start + layout.ENTRY_SIZE] >>> 16;
      this.#starts.splice(index, 1);
    }
  }

  /**
   * Sets an RRset in place of the one that is there. Signatures are put beside what they cover.
   * @param covering for RRSIG: takes only those that cover a type for which this is true
   * @throws ImageError IMAGE_TOO_LARGE
   */
  set(rrset: Rrset, covering: (type: number) => boolean = () => true): void {
    this.remove(rrset.type);
    if (rrset.type !== TYPE.RRSIG) {
      this.#addEntry(rrset.type, rrset.type, rrset.ttl, rrset.rdatas);
      return;
    }
    const byCovered = Map.groupBy(rrset.rdatas, (rdata) => (rdata[0] << 8) | rdata[1]);
    for (const [covered, rdatas] of byCovered) {
      if (!covering(covered)) continue;
      this.#addEntry(covered | layout.ENTRY_SIGNATURE, TYPE.RRSIG, rrset.ttl, rdatas);
    }
  }

  /**
   * Adds the RRsets of an ordered node to a draft that has none of them.
   * @param isNsec3 takes only NSEC3 and what covers it; otherwise only the rest
   * @throws ImageError IMAGE_TOO_LARGE, IMAGE_ZONE_INVALID
   */
  addPacked(node: PackedNode, isNsec3: boolean): void {
    let from = 0;
    while (from < node.count) {
      const isSignature = node.types[from] === TYPE.RRSIG;
      const end = isSignature ? coveredEnd(node, from) : node.rrsetEnd(from);
      const type = isSignature ? coveredType(node, from) : node.types[from];
      if ((type === TYPE.NSEC3) === isNsec3) {
        const key = isSignature ? type | layout.ENTRY_SIGNATURE : type;
        this.#addPackedEntry(key, node, from, end);
      }
      from = end;
    }
  }

  /**
   * Writes the node as a new block and returns its unit.
   * @param flags NODE_PRESENT and NODE_WILDCARD_CHILD; the others are found from the entries
   * @throws ImageError IMAGE_FULL
   */
  write(
    lookup: ImageLookup,
    allocator: Allocator,
    node: { hash: number; from: number; older: number; children: number; flags: number },
  ): number {
    const nameSize = this.#owner.length - this.#apex.length;
    const nameWords = (nameSize + 3) >> 2;
    let size = layout.NODE_NAME + nameWords;
    for (const start of this.#starts) size += this.#words[start + layout.ENTRY_SIZE] & 0xffff;
    const units = (size + 1) >> 1;
    const unit = allocator.allocate(units * layout.UNIT_SIZE);
    const { words } = lookup;
    const at = unit << 1;
    words[at + units * 2 - 1] = 0;
    words[at + layout.NODE_FROM] = node.from;
    words[at + layout.NODE_OLDER] = node.older;
    words[at + layout.NODE_INFO] = nameSize | node.flags | this.#flags();
    words[at + layout.NODE_UNITS] = units;
    words[at + layout.NODE_CHILDREN] = node.children;
    words[at + layout.NODE_HASH] = node.hash;
    const window = lookup.windows[at >>> layout.WINDOW_WORD_SHIFT];
    const nameAt = ((at & layout.WINDOW_WORD_MASK) + layout.NODE_NAME) << 2;
    for (let step = 0; step < nameSize; step++) window[nameAt + step] = this.#owner[step];
    let entryAt = at + layout.NODE_NAME + nameWords;
    this.#sort();
    this.#alignSignatureTtls();
    for (const start of this.#starts) {
      const entrySize = this.#words[start + layout.ENTRY_SIZE] & 0xffff;
      for (let step = 0; step < entrySize; step++)
        words[entryAt + step] = this.#words[start + step];
      entryAt += entrySize;
    }
    return unit;
  }

  #flags(): number {
    let flags = isWildcard(this.#owner) ? layout.NODE_WILDCARD : 0;
    const isApex = this.#owner.length === this.#apex.length;
    for (const start of this.#starts) {
      const key = this.#keyOf(start);
      if (key === TYPE.NS && !isApex) flags |= layout.NODE_CUT;
      else if (key === TYPE.DNAME) flags |= layout.NODE_DNAME;
      else if (key === TYPE.CNAME) flags |= layout.NODE_CNAME;
      else if (key === TYPE.NSEC || key === TYPE.NSEC3) flags |= layout.NODE_NSEC;
    }
    return flags;
  }

  #sort(): void {
    if (this.#starts.length < 2) return;
    this.#starts.sort((a, b) => rank(this.#keyOf(a)) - rank(this.#keyOf(b)));
  }

  /**
   * A signature has the TTL of what it covers (RFC 4034 section 3); they stand beside each other.
   */
  #alignSignatureTtls(): void {
    let before = 0;
    for (let index = 0; index < this.#starts.length; index++) {
      const start = this.#starts[index];
      const key = this.#keyOf(start);
      if (index > 0 && key === (before | layout.ENTRY_SIGNATURE)) {
        this.#words[start + TTL_WORD] = this.#words[this.#starts[index - 1] + TTL_WORD];
      }
      before = key;
    }
  }

  #keyOf(start: number): number {
    return this.#words[start] & layout.ENTRY_KEY_MASK;
  }

  #push(size: number, records: number): void {
    this.#starts.push(this.#used);
    this.#used += size;
    this.recordCount += records;
  }

  #reserve(sizeBytes: number): void {
    if (this.#used * 4 + sizeBytes > layout.NODE_SIZE_MAX) {
      throw this.#tooLarge(`all records of the name exceed ${layout.NODE_SIZE_MAX} octets`);
    }
    let room = this.#octets.length;
    if (this.#used * 4 + sizeBytes <= room) return;
    while (this.#used * 4 + sizeBytes > room) room *= 2;
    const larger = new Uint8Array(room);
    larger.set(this.#octets);
    this.#octets = larger;
    this.#words = new Int32Array(larger.buffer);
  }

  #tooLarge(what: string): ImageError {
    return new ImageError('IMAGE_TOO_LARGE', `${formatName(this.#owner)}: ${what}: remove some`);
  }

  #addEntry(key: number, type: number, ttl: number, rdatas: readonly Uint8Array[]): void {
    assert(rdatas.length > 0, 'an RRset has records');
    let stored = 0;
    for (const rdata of rdatas) stored += 2 + rdata.length;
    this.#beginEntry(type, ttl, stored);
    for (const rdata of rdatas) this.#addRecord(type, rdata, 0, rdata.length);
    this.#endEntry(key, type, rdatas.length);
  }

  /** Adds the entry of the records `from` to `to` of a packed node, which are of one type. */
  #addPackedEntry(key: number, node: PackedNode, from: number, to: number): void {
    const type = node.types[from];
    let stored = 0;
    for (let record = from; record < to; record++) stored += 2 + node.sizes[record];
    this.#beginEntry(type, node.ttls[from], stored);
    for (let record = from; record < to; record++) {
      const start = node.starts[record];
      this.#addRecord(type, node.octets, start, start + node.sizes[record]);
    }
    this.#endEntry(key, type, to - from);
  }

  /** @param stored octets of all records with their lengths, uncompressed */
  #beginEntry(type: number, ttl: number, stored: number): void {
    this.#reserve(layout.ENTRY_RECORDS_OCTET + 4 + stored);
    const octets = this.#octets;
    const head = this.#used * 4 + layout.ENTRY_HEAD_OCTET;
    octets[head] = type >>> 8;
    octets[head + 1] = type;
    octets[head + 2] = CLASS_IN >>> 8;
    octets[head + 3] = CLASS_IN;
    octets[head + 4] = ttl >>> 24;
    octets[head + 5] = ttl >>> 16;
    octets[head + 6] = ttl >>> 8;
    octets[head + 7] = ttl;
    this.#at = head + 8;
    this.#wire = 0;
    this.#entryFlags = 0;
    this.#mnameEnd = 0;
    this.#nameAt = targetNameAt(type);
    if (this.#nameAt >= 0 || type === TYPE.SOA) {
      this.#suffix.begin(this.#owner, this.#apex, !isWildcard(this.#owner));
    }
  }

  /** Adds the record whose RDATA is `source[from..to)`. */
  #addRecord(type: number, source: Uint8Array, from: number, to: number): void {
    if (type === TYPE.SOA) {
      this.#mnameEnd = this.#addSoa(source.subarray(from, to));
      this.#entryFlags = layout.ENTRY_SOA;
    } else if (this.#nameAt >= 0) {
      this.#entryFlags |= this.#addWithTarget(type, source, from, to);
    } else this.#addPlain(source, from, to);
    if (this.#wire > layout.RRSET_WIRE_SIZE_MAX) {
      throw this.#tooLarge(`RRset of type ${type} exceeds ${layout.RRSET_WIRE_SIZE_MAX} octets`);
    }
  }

  #endEntry(key: number, type: number, records: number): void {
    if (type === TYPE.SOA && records > 1) {
      throw new ImageError(
        'IMAGE_ZONE_INVALID',
        `${formatName(this.#owner)}: ${records} SOA records: keep one`,
      );
    }
    while (this.#at % 4 !== 0) {
      this.#octets[this.#at] = 0;
      this.#at += 1;
    }
    const start = this.#used;
    const size = this.#at / 4 - start;
    this.#words[start + layout.ENTRY_TYPE] = key | this.#entryFlags;
    this.#words[start + layout.ENTRY_SIZE] = size | (records << 16);
    this.#words[start + layout.ENTRY_WIRE] = this.#wire | (this.#mnameEnd << 16);
    this.#push(size, records);
  }

  #addPlain(source: Uint8Array, from: number, to: number): void {
    const size = to - from;
    this.#octets[this.#at] = size >>> 8;
    this.#octets[this.#at + 1] = size;
    this.#at += 2;
    this.#copy(source, from, to);
    this.#wire += 12 + size;
  }

  #copy(source: Uint8Array, from: number, to: number): void {
    const octets = this.#octets;
    const shift = this.#at - from;
    for (let at = from; at < to; at++) octets[at + shift] = source[at];
    this.#at += to - from;
  }

  /** Returns the entry flags that this record asks for. */
  #addWithTarget(type: number, source: Uint8Array, from: number, to: number): number {
    const nameAt = from + this.#nameAt;
    const end = isServiceBinding(type) ? nameEnd(source, nameAt) : to;
    const cutAt = this.#suffix.cut(source, nameAt, end, this.#wire + 12 - from);
    const isUseful = this.#suffix.inZone && hasAdditional(type);
    const inZone = isUseful ? layout.ENTRY_IN_ZONE_TARGETS : 0;
    if (cutAt === end || !isTargetCompressible(type)) {
      this.#addPlain(source, from, to);
      return inZone;
    }
    const lengthAt = this.#at;
    this.#at += 2;
    this.#addCut(source, from, cutAt);
    this.#closeRecord(lengthAt);
    return inZone | layout.ENTRY_COMPRESSED;
  }

  /** Returns the octet of the stored RDATA at which MNAME ends. */
  #addSoa(rdata: Uint8Array): number {
    const mnameEnd = nameEnd(rdata, 0);
    const rnameEnd = rdata.length - 20;
    const lengthAt = this.#at;
    this.#at += 2;
    this.#addCut(rdata, 0, this.#suffix.cut(rdata, 0, mnameEnd, 12));
    const stored = this.#at - lengthAt - 2;
    const cutAt = this.#suffix.cut(rdata, mnameEnd, rnameEnd, 12 - mnameEnd + stored);
    this.#addCut(rdata, mnameEnd, cutAt);
    this.#copy(rdata, rnameEnd, rdata.length);
    this.#closeRecord(lengthAt);
    return stored;
  }

  #addCut(rdata: Uint8Array, from: number, cutAt: number): void {
    this.#copy(rdata, from, cutAt);
    if (this.#suffix.placeholder === 0) return;
    this.#octets[this.#at] = this.#suffix.placeholder >>> 8;
    this.#octets[this.#at + 1] = this.#suffix.placeholder;
    this.#at += 2;
  }

  #closeRecord(lengthAt: number): void {
    const size = this.#at - lengthAt - 2;
    this.#octets[lengthAt] = size >>> 8;
    this.#octets[lengthAt + 1] = size;
    this.#wire += 12 + size;
  }
}

/** SOA first, then by type, signatures behind what they cover. */
function rank(key: number): number {
  const type = key & 0xffff;
  return type === TYPE.SOA ? key >>> 16 : type * 2 + (key >>> 16);
}

/** The type that an RRSIG covers, in its first two octets. */
function coveredType(node: PackedNode, record: number): number {
  const at = node.starts[record];
  return (node.octets[at] << 8) | node.octets[at + 1];
}

/** Canonical order puts signatures over the same type next to each other. */
function coveredEnd(node: PackedNode, from: number): number {
  const covered = coveredType(node, from);
  const rrsigEnd = node.rrsetEnd(from);
  let end = from + 1;
  while (end < rrsigEnd && coveredType(node, end) === covered) end += 1;
  return end;
}

function nameEnd(rdata: Uint8Array, at: number): number {
  let end = at;
  while (rdata[end] !== 0) end += 1 + rdata[end];
  return end + 1;
}
