/**
 * From a question to the RRsets that answer it (RFC 1034 section 4.3.2, RFC 4592, RFC 6672): the
 * zone of the longest match, down from its apex label by label to a zone cut, a DNAME, the name
 * itself or its closest encloser, then over CNAMEs to the next name, through as many of our zones
 * as CHAIN_MAX allows. No object is made; the outcome is in the writer and in the fields here.
 */
import type { ImageReader } from '#dns/image/image-reader.ts';
import {
  ENTRY_IN_ZONE_TARGETS,
  ENTRY_SIGNATURE,
  ENTRY_SIZE,
  ENTRY_TYPE,
  NODE_CNAME,
  NODE_CUT,
  NODE_DNAME,
  NODE_INFO,
  NODE_WILDCARD_CHILD,
  ZONE_FLAGS,
  ZONE_HIDDEN,
  ZONE_UNAVAILABLE,
} from '#dns/image/layout.ts';
import type { LookupName } from '#dns/image/lookup-name.ts';
import { RCODE } from '#dns/wire/header.ts';
import { NAME_SIZE_MAX } from '#dns/wire/name.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { Additional } from './additional.ts';
import { Denial } from './denial.ts';
import { Glue } from './glue.ts';
import { PinnedZone } from './pinned-zone.ts';
import {
  POINTER_MAX,
  type ReplyWriter,
  SECTION_ANSWER,
  SECTION_AUTHORITY,
} from './reply-writer.ts';

/** CNAMEs and DNAMEs that one query follows. */
export const CHAIN_MAX = 16;
/** Octets of a reply within which they are followed: pointers of what comes behind must reach. */
const CHAIN_SIZE_MAX = 0x1fff;

const TYPE_NS: number = TYPE.NS;
const TYPE_CNAME: number = TYPE.CNAME;
const TYPE_SOA: number = TYPE.SOA;
const TYPE_DNAME: number = TYPE.DNAME;
const TYPE_DS: number = TYPE.DS;
const TYPE_RRSIG: number = TYPE.RRSIG;
const TYPE_ANY: number = TYPE.ANY;

export class Resolver {
  rcode = 0;
  /** AA: of the first name; what a chain leads to does not change it (RFC 1034 section 4.3.1). */
  isAuthoritative = false;
  isTruncated = false;
  /** No zone of ours holds the question's name. */
  isOutside = false;
  /** The zone of the question's name has nothing that may be answered; see `ZONE_UNAVAILABLE`. */
  isUnavailable = false;
  /**
   * The zone that the question's name is in, its apex, the labels of it, and whether that is the
   * name asked for; after `resolve`, unless the name is outside.
   */
  askedZone = 0;
  askedApex = 0;
  askedLabels = 0;
  isApexAsked = false;
  readonly #reader: ImageReader;
  readonly #writer: ReplyWriter;
  readonly #zone: PinnedZone;
  readonly #glue: Glue;
  readonly #denial: Denial;
  readonly #additional: Additional;
  /**
   * What was followed, so that a loop ends at its first turn: entry of the CNAME or DNAME, hash of
   * the name it was followed from, and where in the reply its first record stands.
   */
  readonly #followedEntries = new Int32Array(CHAIN_MAX);
  readonly #followedHashes = new Int32Array(CHAIN_MAX);
  readonly #followedAt = new Int32Array(CHAIN_MAX);
  #hops = 0;
  #name: LookupName;
  #qtype = 0;
  #dnssecOk = false;

  constructor(reader: ImageReader, writer: ReplyWriter, name: LookupName) {
    this.#reader = reader;
    this.#writer = writer;
    this.#name = name;
    this.#zone = new PinnedZone(reader, CHAIN_MAX + 1);
    this.#glue = new Glue(reader, this.#zone, writer);
    this.#additional = new Additional(reader, this.#zone, writer);
    this.#denial = new Denial(reader, this.#zone, writer, CHAIN_MAX + 1);
  }

  /** Answers for the name given to the constructor, which is overwritten where a chain leads on. */
  resolve(qtype: number, dnssecOk: boolean): void {
    this.rcode = RCODE.NOERROR;
    this.isAuthoritative = true;
    this.isTruncated = false;
    this.isOutside = false;
    this.isUnavailable = false;
    this.#qtype = qtype;
    this.#dnssecOk = dnssecOk;
    this.#hops = 0;
    this.#zone.forget();
    this.#denial.begin();
    this.#additional.forget();
    while (this.#step());
    const isOver = this.isOutside || this.isUnavailable || this.isTruncated;
    if (isOver) return;
    this.#beginAuthority();
    if (!this.isTruncated) this.#additional.write(dnssecOk);
  }

  /** Deals with the present name; true when a CNAME or DNAME led to another one. */
  #step(): boolean {
    const name = this.#name;
    name.hash(this.#reader.hashSeed);
    if (!this.#enterZone()) {
      this.isOutside = this.#hops === 0 && !this.isUnavailable;
      return false;
    }
    const apexLabel = name.labels - this.#zone.labels;
    let node = this.#zone.apex;
    let label = apexLabel;
    for (;;) {
      const info = this.#reader.words[node + NODE_INFO];
      if ((info & NODE_CUT) !== 0 && !(label === 0 && this.#qtype === TYPE_DS)) {
        this.#refer(node, label);
        return false;
      }
      if (label === 0) return this.#answerNode(node, -1);
      if ((info & NODE_DNAME) !== 0) return this.#redirect(node, label);
      const child = this.#zone.findNode(name, label - 1);
      if (child === 0) return this.#answerMissing(node, label);
      node = child;
      label -= 1;
    }
  }

  /**
   * The zone of the present name, if it can be answered from; for DS the parent's side of the cut,
   * if that is ours too.
   */
  #enterZone(): boolean {
    const reader = this.#reader;
    let zone = reader.findZone(this.#name, 0);
    if (zone === 0) return false;
    if (this.#qtype === TYPE_DS && reader.zoneLabel === 0 && this.#name.labels > 0) {
      zone = reader.findZone(this.#name, 1) || reader.findZone(this.#name, 0);
    }
    const flags = reader.words[zone + ZONE_FLAGS];
    if ((flags & ZONE_HIDDEN) !== 0 && !this.#isApexSoa(reader.zoneLabel)) return false;
    const isUnavailable = (flags & ZONE_UNAVAILABLE) !== 0;
    // A chain that leads there ends before it, as if the zone were somebody else's.
    if (isUnavailable && this.#hops > 0) return false;
    this.isUnavailable = isUnavailable;
    this.#zone.enter(zone, this.#name, reader.zoneLabel);
    if (this.#hops === 0) {
      this.askedZone = zone;
      this.askedApex = this.#zone.apex;
      this.askedLabels = this.#zone.labels;
      this.isApexAsked = this.#name.labels === this.#zone.labels;
    }
    return !isUnavailable;
  }

  /** The one question that a hidden zone is answered for: whether it has a new version. */
  #isApexSoa(zoneLabel: number): boolean {
    return this.#hops === 0 && zoneLabel === 0 && this.#qtype === TYPE_SOA;
  }

  /** The name does not exist; `encloser` is its closest ancestor that does (RFC 4592 3.3). */
  #answerMissing(encloser: number, label: number): boolean {
    if ((this.#reader.words[encloser + NODE_INFO] & NODE_WILDCARD_CHILD) !== 0) {
      const wildcard = this.#zone.findWildcard(this.#name, label);
      if (wildcard !== 0) return this.#answerNode(wildcard, label);
    }
    this.rcode = RCODE.NXDOMAIN;
    this.#addSoa();
    if (this.#dnssecOk) this.#prove(this.#denial.proveMissing(this.#name, label));
    return false;
  }

  /** @param encloserLabel of the closest encloser when the node is a wildcard's, else -1 */
  #answerNode(node: number, encloserLabel: number): boolean {
    const reader = this.#reader;
    const qtype = this.#qtype;
    this.#writer.section = SECTION_ANSWER;
    if (qtype === TYPE_ANY || qtype === TYPE_RRSIG) return this.#answerMany(node, encloserLabel);
    const entry = reader.findEntry(node, qtype);
    if (entry !== 0) {
      this.#addPositive(node, entry, encloserLabel);
      return false;
    }
    const hasCname = (reader.words[node + NODE_INFO] & NODE_CNAME) !== 0;
    if (hasCname) return this.#alias(node, encloserLabel);
    this.#answerNoData(node, encloserLabel);
    return false;
  }

  #answerNoData(node: number, encloserLabel: number): void {
    this.#addSoa();
    if (this.#dnssecOk) {
      this.#prove(this.#denial.proveNoData(node, this.#name, encloserLabel));
    }
  }

  /** ANY gives the node's first RRset (RFC 8482 section 4.1), RRSIG all signatures. */
  #answerMany(node: number, encloserLabel: number): boolean {
    const { words } = this.#reader;
    const end = this.#reader.entriesEnd(node);
    let entry = this.#reader.entriesBegin(node);
    let isFound = false;
    while (entry < end && words[entry] !== 0) {
      const isSignature = (words[entry + ENTRY_TYPE] & ENTRY_SIGNATURE) !== 0;
      if (isSignature === (this.#qtype === TYPE_RRSIG)) {
        if (!isSignature) {
          this.#addPositive(node, entry, encloserLabel);
          return false;
        }
        isFound = true;
        if (!this.#addAlone(entry, this.#name.positions[0])) return false;
      }
      entry += words[entry + ENTRY_SIZE] & 0xffff;
    }
    if (!isFound) this.#answerNoData(node, encloserLabel);
    else this.#noteExpansion(encloserLabel);
    return false;
  }

  #addPositive(node: number, entry: number, encloserLabel: number): boolean {
    // A chain that led to the owner of a DNAME it went through: that stands in the answer already
    // (but not under the name that a wildcard gives it).
    const key = this.#reader.words[entry + ENTRY_TYPE];
    const type = key & 0xffff;
    const { at } = this.#writer;
    const isOwn = type === TYPE_DNAME && encloserLabel < 0;
    if (isOwn && this.#writtenAt(entry, this.#hops) >= 0) return true;
    if (!this.#add(node, entry, this.#name.positions[0])) return false;
    this.#noteExpansion(encloserLabel);
    if ((key & ENTRY_IN_ZONE_TARGETS) !== 0) this.#additional.note(node, entry, type, at);
    return true;
  }

  /** Where a wildcard answered, it will have to be proven that the name itself does not exist. */
  #noteExpansion(encloserLabel: number): void {
    if (this.#dnssecOk && encloserLabel >= 0) {
      this.#denial.noteExpansion(this.#name, encloserLabel);
    }
  }

  #beginAuthority(): void {
    this.#writer.section = SECTION_AUTHORITY;
    this.#prove(this.#denial.writeExpansions());
  }

  #prove(fits: boolean): void {
    if (!fits) this.isTruncated = true;
  }

  /** Answers with the CNAME and goes on with its target. */
  #alias(node: number, encloserLabel: number): boolean {
    const entry = this.#reader.findEntry(node, TYPE_CNAME);
    if (!this.#follow(entry)) return false;
    const writer = this.#writer;
    const rdataAt = writer.at + 12;
    if (!this.#addPositive(node, entry, encloserLabel)) return false;
    return this.#goOn(rdataAt);
  }

  /** Answers with the DNAME and the CNAME made from it (RFC 6672 section 3). */
  #redirect(node: number, label: number): boolean {
    const entry = this.#reader.findEntry(node, TYPE_DNAME);
    // Twice in a row: it leads below itself, each turn to a longer name and none to an answer.
    if (this.#hops > 0 && this.#followedEntries[this.#hops - 1] === entry) return false;
    if (!this.#follow(entry)) return false;
    const writer = this.#writer;
    writer.section = SECTION_ANSWER;
    let dnameAt = this.#writtenAt(entry, this.#hops - 1);
    if (dnameAt < 0) {
      dnameAt = writer.at;
      if (!this.#add(node, entry, this.#name.positions[label])) return false;
    } else this.#followedAt[this.#hops - 1] = dnameAt;
    const name = this.#name;
    const prefixSize = name.labelAt[label];
    const { reply } = writer;
    const targetAt = dnameAt + 12;
    const targetSize = (reply[dnameAt + 10] << 8) | reply[dnameAt + 11];
    if (prefixSize + targetSize > NAME_SIZE_MAX) {
      this.rcode = RCODE.YXDOMAIN;
      return false;
    }
    const isPointed = targetSize > 2 && targetAt - writer.base <= POINTER_MAX;
    if (!writer.hasRoomFor(12 + prefixSize + (isPointed ? 2 : targetSize))) {
      this.isTruncated = true;
      return false;
    }
    const cnameAt = writer.at;
    writer.openRecord(name.positions[0], TYPE_CNAME, 0);
    for (let step = 6; step < 10; step++) reply[cnameAt + step] = reply[dnameAt + step];
    this.#copyPrefix(label);
    if (isPointed) writer.pointer(targetAt - writer.base);
    else for (let step = 0; step < targetSize; step++) writer.octet(reply[targetAt + step]);
    writer.closeRecord(cnameAt);
    // What was asked for: RFC 6672 section 3.2 makes the CNAME as if it stood in the zone.
    if (this.#qtype === TYPE_CNAME) return false;
    return this.#goOn(cnameAt + 12);
  }

  /** Takes the name at `at` as the present one; false when the answer ends with what led to it. */
  #goOn(at: number): boolean {
    const { reply, base } = this.#writer;
    return this.#writer.at - base <= CHAIN_SIZE_MAX && this.#name.readReply(reply, base, at);
  }

  /** Writes the present name's labels before `label`, with the case in which they were asked. */
  #copyPrefix(label: number): void {
    const writer = this.#writer;
    for (let index = 0; index < label; index++) {
      const at = writer.base + this.#name.positions[index];
      const size = writer.reply[at];
      for (let step = 0; step <= size; step++) writer.octet(writer.reply[at + step]);
    }
  }

  /** False when the chain would turn in a circle or is at its limit: the answer ends here. */
  #follow(entry: number): boolean {
    const hash = this.#name.hashes[0];
    for (let hop = 0; hop < this.#hops; hop++) {
      if (this.#followedEntries[hop] === entry && this.#followedHashes[hop] === hash) return false;
    }
    if (this.#hops === CHAIN_MAX) return false;
    this.#followedEntries[this.#hops] = entry;
    this.#followedHashes[this.#hops] = hash;
    this.#followedAt[this.#hops] = this.#writer.at;
    this.#hops += 1;
    return true;
  }

  /** Where the reply has this DNAME already, from one of the first `hops` of the chain; or -1. */
  #writtenAt(entry: number, hops: number): number {
    for (let hop = 0; hop < hops; hop++) {
      if (this.#followedEntries[hop] === entry) return this.#followedAt[hop];
    }
    return -1;
  }

  /** A referral: the name is at or below a zone cut (RFC 1034 section 4.3.2 step 3b). */
  #refer(node: number, label: number): void {
    const writer = this.#writer;
    if (this.#hops === 0) this.isAuthoritative = false;
    this.#beginAuthority();
    const entry = this.#reader.findEntry(node, TYPE_NS);
    const nsAt = writer.at;
    if (!this.#addAlone(entry, this.#name.positions[label])) return;
    const nsEnd = writer.at;
    if (this.#dnssecOk && this.#denial.isSigned) {
      const ds = this.#reader.findEntry(node, TYPE_DS);
      if (ds === 0) this.#prove(this.#denial.proveNoDs(node, this.#name, label));
      else if (!this.#add(node, ds, this.#name.positions[label])) return;
    }
    if (this.isTruncated) return;
    const hasTargets = (this.#reader.words[entry + ENTRY_TYPE] & ENTRY_IN_ZONE_TARGETS) !== 0;
    if (hasTargets && !this.#glue.add(nsAt, nsEnd, this.#name, label)) this.isTruncated = true;
  }

  /** The SOA of a negative answer, with the TTL that it may be kept for (RFC 2308 section 3). */
  #addSoa(): void {
    const writer = this.#writer;
    this.#beginAuthority();
    const { apex, labels } = this.#zone;
    const entry = this.#reader.findEntry(apex, TYPE_SOA);
    if (entry === 0) return;
    const from = writer.at;
    const soaEnd = from + writer.sizeOf(entry);
    if (!this.#add(apex, entry, this.#name.positions[this.#name.labels - labels])) return;
    writer.capTtls(from, writer.soaMinimum(soaEnd));
  }

  /** Adds an RRset and, with DO, its signatures; both or neither. */
  #add(node: number, entry: number, ownerAt: number): boolean {
    const writer = this.#writer;
    const signatures = this.#dnssecOk ? this.#reader.findSignatures(node, entry) : 0;
    const size = writer.sizeOf(entry) + (signatures === 0 ? 0 : writer.sizeOf(signatures));
    if (!writer.hasRoomFor(size)) {
      this.isTruncated = true;
      return false;
    }
    const apexAt = this.#name.positions[this.#name.labels - this.#zone.labels];
    writer.rrset(entry, ownerAt, apexAt);
    if (signatures !== 0) writer.rrset(signatures, ownerAt, apexAt);
    return true;
  }

  #addAlone(entry: number, ownerAt: number): boolean {
    const writer = this.#writer;
    if (!writer.hasRoomFor(writer.sizeOf(entry))) {
      this.isTruncated = true;
      return false;
    }
    const apexAt = this.#name.positions[this.#name.labels - this.#zone.labels];
    writer.rrset(entry, ownerAt, apexAt);
    return true;
  }
}
