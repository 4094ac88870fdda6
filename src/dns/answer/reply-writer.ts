/**
 * Puts a reply together in the caller's buffer: RRsets from the image section by section, never
 * past the limit and never half an RRset, then header and OPT. A record's owner is a pointer into
 * what is already there, and the ends of compressed names in stored RDATA become pointers here
 * (dns/image/rdata-suffix.ts).
 */
import type { ImageLookup } from '#dns/image/image-lookup.ts';
import {
  ENTRY_COMPRESSED,
  ENTRY_HEAD_OCTET,
  ENTRY_RECORDS_OCTET,
  ENTRY_SIZE,
  ENTRY_SOA,
  ENTRY_TYPE,
  ENTRY_WIRE,
  NODE_INFO,
  NODE_NAME,
  WINDOW_WORD_MASK,
  WINDOW_WORD_SHIFT,
} from '#dns/image/layout.ts';
import { LookupName } from '#dns/image/lookup-name.ts';
import { SUFFIX_APEX, SUFFIX_KIND_MASK, SUFFIX_OWNER } from '#dns/image/rdata-suffix.ts';
import { OPT_SIZE_MIN } from '#dns/wire/edns.ts';
import { HEADER_SIZE } from '#dns/wire/header.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { CLASS_IN } from '#dns/wire/record.ts';

export const SECTION_ANSWER = 0;
export const SECTION_AUTHORITY = 1;
export const SECTION_ADDITIONAL = 2;
/** Highest octet of a message that a compression pointer can name. */
export const POINTER_MAX = 0x3fff;

/** The five numbers that a SOA ends with: SERIAL, REFRESH, RETRY, EXPIRE, MINIMUM. */
const SOA_NUMBERS_SIZE = 20;
const SOA_SERIAL = 0;
const SOA_EXPIRE = 12;
/** Owner pointer, type, class: what stands before a record's TTL; then TTL; then RDLENGTH. */
const TTL_OCTET = 6;
const RDLENGTH_OCTET = 10;
const RDATA_OCTET = 12;

export class ReplyWriter {
  /** The caller's buffer, where the reply begins in it, and the next octet to write. */
  reply: Uint8Array = new Uint8Array(0);
  base = 0;
  at = 0;
  /** RRsets may be written up to here; what OPT needs is kept free behind it. */
  limit = 0;
  section = SECTION_ANSWER;
  readonly #counts = new Int32Array(3);
  readonly #lookup: ImageLookup;
  /** For `placeOwner`: the name in the message, and what it found. */
  readonly #near = new LookupName();
  #prefixSize = 0;
  #suffixAt = 0;

  constructor(lookup: ImageLookup) {
    this.#lookup = lookup;
  }

  /** Begins a reply with the query's id and question. @param questionSize header and question */
  begin(
    query: Uint8Array,
    queryAt: number,
    questionSize: number,
    reply: Uint8Array,
    replyAt: number,
    limit: number,
  ): void {
    this.reply = reply;
    this.base = replyAt;
    this.at = replyAt + questionSize;
    this.limit = limit;
    this.section = SECTION_ANSWER;
    this.#counts.fill(0);
    for (let step = 0; step < questionSize; step++) reply[replyAt + step] = query[queryAt + step];
    reply[replyAt + 4] = 0;
    reply[replyAt + 5] = questionSize > HEADER_SIZE ? 1 : 0;
  }

  hasRoomFor(size: number): boolean {
    return this.at + size <= this.limit;
  }

  /** Octets that an entry takes with pointers as owners. */
  sizeOf(entry: number): number {
    return this.#lookup.words[entry + ENTRY_WIRE] & 0xffff;
  }

  /**
   * Writes an entry; the caller has made sure that it fits.
   * @param ownerAt where the owner stands in the message; @param apexAt where the zone's apex does
   */
  rrset(entry: number, ownerAt: number, apexAt: number): void {
    const { words, windows } = this.#lookup;
    const count = words[entry + ENTRY_SIZE] >>> 16;
    const flags = words[entry + ENTRY_TYPE];
    const window = windows[entry >>> WINDOW_WORD_SHIFT];
    const head = ((entry & WINDOW_WORD_MASK) << 2) + ENTRY_HEAD_OCTET;
    const { reply } = this;
    const start = this.at;
    let from = ((entry & WINDOW_WORD_MASK) << 2) + ENTRY_RECORDS_OCTET;
    let to = start;
    for (let record = 0; record < count; record++) {
      reply[to] = 0xc0 | (ownerAt >> 8);
      reply[to + 1] = ownerAt;
      for (let step = 0; step < 8; step++) reply[to + 2 + step] = window[head + step];
      const size = 2 + ((window[from] << 8) | window[from + 1]);
      to += RDLENGTH_OCTET;
      for (let step = 0; step < size; step++) reply[to + step] = window[from + step];
      to += size;
      from += size;
      if ((flags & ENTRY_COMPRESSED) !== 0) this.#point(to - 2, start, ownerAt, apexAt);
    }
    if ((flags & ENTRY_SOA) !== 0) {
      const mnameEnd = start + RDATA_OCTET + (words[entry + ENTRY_WIRE] >>> 16);
      this.#point(mnameEnd - 2, start, ownerAt, apexAt);
      this.#point(to - SOA_NUMBERS_SIZE - 2, start, ownerAt, apexAt);
    }
    this.at = to;
    this.#counts[this.section] += count;
  }

  /** Makes a pointer of the two octets that stand for a name's end, if they do. */
  #point(at: number, rrsetAt: number, ownerAt: number, apexAt: number): void {
    const { reply } = this;
    if (reply[at + 1] === 0) return;
    const kind = reply[at] & SUFFIX_KIND_MASK;
    let target = apexAt;
    if (kind === SUFFIX_OWNER) target = ownerAt;
    else if (kind !== SUFFIX_APEX) {
      target = rrsetAt - this.base + (((reply[at] & 0x3f) << 8) | reply[at + 1]);
    }
    reply[at] = 0xc0 | (target >> 8);
    reply[at + 1] = target;
  }

  /**
   * Finds how much of a node's name the message has already, as the end of the name at `nameAt`,
   * which is at or below the apex at `apexAt`. @returns octets of labels that are to be written
   */
  placeOwner(node: number, nameAt: number, apexAt: number): number {
    const { words, windows } = this.#lookup;
    const size = words[node + NODE_INFO] & 0xff;
    const window = windows[node >>> WINDOW_WORD_SHIFT];
    const ownerAt = ((node & WINDOW_WORD_MASK) + NODE_NAME) << 2;
    const near = this.#near;
    near.readReply(this.reply, this.base, this.base + nameAt);
    let label = 0;
    while (near.positions[label] !== apexAt) label += 1;
    const nearSize = near.labelAt[label];
    let equal = 0;
    while (
      equal < size &&
      equal < nearSize &&
      window[ownerAt + size - 1 - equal] === near.octets[nearSize - 1 - equal]
    ) {
      equal += 1;
    }
    this.#prefixSize = size;
    this.#suffixAt = apexAt;
    label = 0;
    for (let at = 0; at < size; at += 1 + window[ownerAt + at]) {
      while (nearSize - near.labelAt[label] > size - at) label += 1;
      if (size - at > equal || nearSize - near.labelAt[label] !== size - at) continue;
      this.#prefixSize = at;
      this.#suffixAt = near.positions[label];
      break;
    }
    return this.#prefixSize;
  }

  /**
   * Writes an entry without compressed names, each record with the name that `placeOwner` was asked
   * about. @returns where the first owner stands in the message
   */
  namedRrset(node: number, entry: number): number {
    const { words, windows } = this.#lookup;
    const prefixSize = this.#prefixSize;
    const owner = windows[node >>> WINDOW_WORD_SHIFT];
    const ownerAt = ((node & WINDOW_WORD_MASK) + NODE_NAME) << 2;
    const window = windows[entry >>> WINDOW_WORD_SHIFT];
    const head = ((entry & WINDOW_WORD_MASK) << 2) + ENTRY_HEAD_OCTET;
    const count = words[entry + ENTRY_SIZE] >>> 16;
    let from = ((entry & WINDOW_WORD_MASK) << 2) + ENTRY_RECORDS_OCTET;
    const start = this.at;
    for (let record = 0; record < count; record++) {
      for (let step = 0; step < prefixSize; step++) this.octet(owner[ownerAt + step]);
      this.pointer(this.#suffixAt);
      for (let step = 0; step < 8; step++) this.octet(window[head + step]);
      const end = from + 2 + ((window[from] << 8) | window[from + 1]);
      for (; from < end; from++) this.octet(window[from]);
    }
    this.#counts[this.section] += count;
    return prefixSize === 0 ? this.#suffixAt : start - this.base;
  }

  /** Lowers the TTLs of the records from here to the end (RFC 2308 section 3). */
  capTtls(from: number, ttlMax: number): void {
    const { reply } = this;
    let at = from;
    while (at < this.at) {
      const ttlAt = at + TTL_OCTET;
      if (readU32(reply, ttlAt) > ttlMax) writeU32(reply, ttlAt, ttlMax);
      at += RDATA_OCTET + ((reply[at + RDLENGTH_OCTET] << 8) | reply[at + RDLENGTH_OCTET + 1]);
    }
  }

  /** SERIAL of a zone's SOA, which has one record. */
  soaSerial(entry: number): number {
    return this.#soaNumber(entry, SOA_SERIAL);
  }

  /** EXPIRE of a zone's SOA. */
  soaExpire(entry: number): number {
    return this.#soaNumber(entry, SOA_EXPIRE);
  }

  #soaNumber(entry: number, at: number): number {
    const window = this.#lookup.windows[entry >>> WINDOW_WORD_SHIFT];
    const from = ((entry & WINDOW_WORD_MASK) << 2) + ENTRY_RECORDS_OCTET;
    const end = from + 2 + ((window[from] << 8) | window[from + 1]);
    return readU32(window, end - SOA_NUMBERS_SIZE + at);
  }

  /** MINIMUM of the SOA record that ends at `end`. */
  soaMinimum(end: number): number {
    return readU32(this.reply, end - 4);
  }

  /** A record with a pointer as owner whose RDATA the caller writes; see `closeRecord`. */
  openRecord(ownerAt: number, type: number, ttl: number, recordClass: number = CLASS_IN): void {
    const { reply, at } = this;
    reply[at] = 0xc0 | (ownerAt >> 8);
    reply[at + 1] = ownerAt;
    reply[at + 2] = type >> 8;
    reply[at + 3] = type;
    reply[at + 4] = recordClass >> 8;
    reply[at + 5] = recordClass;
    writeU32(reply, at + TTL_OCTET, ttl);
    this.at = at + RDATA_OCTET;
  }

  octet(value: number): void {
    this.reply[this.at] = value;
    this.at += 1;
  }

  /** The rest of a name: that which stands at `target` of the message. */
  pointer(target: number): void {
    this.octet(0xc0 | (target >> 8));
    this.octet(target);
  }

  /** Ends the record that was opened at `at`. */
  closeRecord(at: number): void {
    const size = this.at - at - RDATA_OCTET;
    this.reply[at + RDLENGTH_OCTET] = size >> 8;
    this.reply[at + RDLENGTH_OCTET + 1] = size;
    this.#counts[this.section] += 1;
  }

  /** Records of the answer section written so far. */
  get answerCount(): number {
    return this.#counts[SECTION_ANSWER];
  }

  /** Takes back every record, so that the question is what is left. @param questionSize as begun */
  forgetRecords(questionSize: number): void {
    this.at = this.base + questionSize;
    this.#counts.fill(0);
  }

  /**
   * Begins OPT (RFC 6891 section 6.1.2), for which room has been kept; options follow, then
   * `closeOpt`. @returns where it begins in the buffer
   */
  openOpt(payloadSize: number, rcode: number, dnssecOk: boolean): number {
    const { reply, at } = this;
    reply[at] = 0;
    reply[at + 1] = 0;
    reply[at + 2] = TYPE.OPT;
    reply[at + 3] = payloadSize >> 8;
    reply[at + 4] = payloadSize;
    reply[at + 5] = rcode >> 4;
    reply[at + 6] = 0;
    reply[at + 7] = dnssecOk ? 0x80 : 0;
    reply[at + 8] = 0;
    this.at = at + OPT_SIZE_MIN;
    return at;
  }

  /** Begins an option of `size` octets, which the caller writes. */
  openOption(code: number, size: number): void {
    this.octet(code >> 8);
    this.octet(code);
    this.octet(size >> 8);
    this.octet(size);
  }

  closeOpt(at: number): void {
    const size = this.at - at - OPT_SIZE_MIN;
    this.reply[at + 9] = size >> 8;
    this.reply[at + 10] = size;
    this.#counts[SECTION_ADDITIONAL] += 1;
  }

  /**
   * Writes the header's flags and counts: QR, opcode and RD as asked, RA, AD and CD clear
   * (RFC 4035 section 3.1.6). @returns octets of the message
   */
  finish(rcode: number, isAuthoritative: boolean, isTruncated: boolean): number {
    const { reply, base } = this;
    const asked = reply[base + 2] & 0x79;
    reply[base + 2] = 0x80 | asked | (isAuthoritative ? 0x04 : 0) | (isTruncated ? 0x02 : 0);
    reply[base + 3] = rcode & 0x0f;
    for (let section = 0; section < 3; section++) {
      const count = this.#counts[section];
      reply[base + 6 + section * 2] = count >> 8;
      reply[base + 7 + section * 2] = count;
    }
    return this.at - base;
  }
}

function readU32(octets: Uint8Array, at: number): number {
  return (
    octets[at] * 0x100_0000 + ((octets[at + 1] << 16) | (octets[at + 2] << 8) | octets[at + 3])
  );
}

function writeU32(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value >>> 24;
  octets[at + 1] = value >>> 16;
  octets[at + 2] = value >>> 8;
  octets[at + 3] = value;
}
