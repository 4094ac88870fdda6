/**
 * Builds messages (RFC 1035 section 4) within a size limit, with compressed names. Nothing is ever
 * half written: a record that does not fit leaves the message as it was, and a caller that must
 * keep RRsets whole takes a mark and goes back to it. Names are compressed, without regard to case
 * unless the caller wants it kept; those in RDATA only for the types of RFC 1035 (RFC 3597 section
 * 4).
 *
 *     start -> question -> records, section by section -> edns -> finish
 *
 * Room for what must come last (OPT, TSIG) is kept free with `reserve`.
 */
import { assert } from '#base/assert.ts';
import { type Edns, ednsSize, writeOpt } from './edns.ts';
import {
  FLAGS_MASK,
  HEADER_SIZE,
  MESSAGE_SIZE_MAX,
  OPCODE_SHIFT,
  RCODE_MASK,
  writeU16,
} from './header.ts';
import type { Question, Section } from './message.ts';
import type { Name } from './name.ts';
import { NameCompressor } from './name-compressor.ts';
import { rdataNames } from './rdata/registry.ts';
import type { ResourceRecord } from './record.ts';

const QUESTION_COUNT_AT = 4;
const COUNT_AT: Record<Section, number> = { answer: 6, authority: 8, additional: 10 };

/** A state of the writer to go back to. */
export interface WriterMark {
  size: number;
  nameCount: number;
  /** The header's four counts. */
  counts: Uint8Array;
  ednsAt: number;
}

export interface StartOptions {
  id: number;
  /** `FLAG_*` bits. */
  flags: number;
  opcode: number;
  /** Octets of the whole message; default 65,535. */
  sizeMax?: number;
  /** Names are read back in the case they have; default false, which compresses better. */
  keepsCase?: boolean;
}

export class MessageWriter {
  readonly #octets = new Uint8Array(MESSAGE_SIZE_MAX);
  readonly #names = new NameCompressor();
  #size = HEADER_SIZE;
  #limit = MESSAGE_SIZE_MAX;
  #reserved = 0;
  /** Where the OPT record begins; 0 while there is none. */
  #ednsAt = 0;

  /** Begins a message; what was not finished is gone. */
  start(options: StartOptions): void {
    this.#octets.fill(0, 0, HEADER_SIZE);
    this.#names.forget(0);
    this.#names.keepsCase = options.keepsCase ?? false;
    this.#size = HEADER_SIZE;
    this.#limit = Math.min(options.sizeMax ?? MESSAGE_SIZE_MAX, MESSAGE_SIZE_MAX);
    this.#reserved = 0;
    this.#ednsAt = 0;
    this.#setU16(0, options.id);
    this.#setU16(2, (options.flags & FLAGS_MASK) | (options.opcode << OPCODE_SHIFT));
  }

  /** Octets written so far. */
  get size(): number {
    return this.#size;
  }

  /** Keeps `size` octets free for later; `reserve(0)` frees them. */
  reserve(size: number): void {
    this.#reserved = size;
  }

  /** False, and nothing written, when there is no room. */
  writeQuestion(question: Question): boolean {
    const size = this.#size;
    const nameCount = this.#names.count;
    const fixedAt = this.#putName(question.name) ? this.#claim(4) : -1;
    if (fixedAt < 0) return this.#giveUp(size, nameCount);
    this.#setU16(fixedAt, question.type);
    this.#setU16(fixedAt + 2, question.class);
    this.#count(QUESTION_COUNT_AT);
    return true;
  }

  /** False, and nothing written, when there is no room. Sections come in their order. */
  writeRecord(section: Section, record: ResourceRecord): boolean {
    assert(this.#isOpen(section), `the ${section} section is written before the ones behind it`);
    const size = this.#size;
    const nameCount = this.#names.count;
    const fixedAt = this.#putName(record.owner) ? this.#claim(10) : -1;
    if (fixedAt < 0 || !this.#putRdata(record.type, record.rdata)) {
      return this.#giveUp(size, nameCount);
    }
    this.#setU16(fixedAt, record.type);
    this.#setU16(fixedAt + 2, record.class);
    this.#setU32(fixedAt + 4, record.ttl);
    this.#setU16(fixedAt + 8, this.#size - fixedAt - 10);
    this.#count(COUNT_AT[section]);
    return true;
  }

  /** The OPT record, into the additional section. False, and nothing written, without room. */
  writeEdns(edns: Edns): boolean {
    assert(this.#ednsAt === 0, 'a message has one OPT record');
    const at = this.#claim(ednsSize(edns));
    if (at < 0) return false;
    writeOpt(this.#octets, at, edns, 0);
    this.#ednsAt = at;
    this.#count(COUNT_AT.additional);
    return true;
  }

  mark(): WriterMark {
    return {
      size: this.#size,
      nameCount: this.#names.count,
      counts: this.#octets.slice(QUESTION_COUNT_AT, HEADER_SIZE),
      ednsAt: this.#ednsAt,
    };
  }

  /** Takes back all that was written since the mark was taken of this same message. */
  rollback(mark: WriterMark): void {
    this.#size = mark.size;
    this.#names.forget(mark.nameCount);
    this.#octets.set(mark.counts, QUESTION_COUNT_AT);
    this.#ednsAt = mark.ednsAt;
  }

  /** Sets flags beside those of `start`: FLAG_TC when something had to be left out. */
  addFlags(flags: number): void {
    this.#setU16(2, (this.#octets[2] << 8) | this.#octets[3] | (flags & FLAGS_MASK));
  }

  /**
   * The message, a view that the next `start` overwrites.
   * @param rcode 12 bits; over 15 only with an OPT record, which holds the high ones
   */
  finish(rcode: number): Uint8Array {
    assert(rcode <= RCODE_MASK || this.#ednsAt > 0, `rcode ${rcode} needs an OPT record`);
    this.#octets[3] = (this.#octets[3] & ~RCODE_MASK) | (rcode & RCODE_MASK);
    if (this.#ednsAt > 0) this.#octets[this.#ednsAt + 5] = rcode >>> 4;
    return this.#octets.subarray(0, this.#size);
  }

  /** Nothing stands yet in the sections behind. */
  #isOpen(section: Section): boolean {
    for (let at = COUNT_AT[section] + 2; at < HEADER_SIZE; at++) {
      if (this.#octets[at] !== 0) return false;
    }
    return true;
  }

  #putRdata(type: number, rdata: Uint8Array): boolean {
    let done = 0;
    for (const { at, compressible } of rdataNames(type, rdata)) {
      if (!compressible) continue;
      const name = nameAt(rdata, at);
      if (!this.#putOctets(rdata, done, at) || !this.#putName(name)) return false;
      done = at + name.length;
    }
    return this.#putOctets(rdata, done, rdata.length);
  }

  #putName(name: Name): boolean {
    const end = this.#names.write(this.#octets, this.#size, this.#limit - this.#reserved, name);
    if (end < 0) return false;
    this.#size = end;
    return true;
  }

  #putOctets(octets: Uint8Array, start: number, end: number): boolean {
    const at = this.#claim(end - start);
    if (at < 0) return false;
    for (let step = start; step < end; step++) this.#octets[at + step - start] = octets[step];
    return true;
  }

  /** Where `size` octets may be written, or -1. */
  #claim(size: number): number {
    const at = this.#size;
    if (at + size > this.#limit - this.#reserved) return -1;
    this.#size += size;
    return at;
  }

  /** Takes back what has not been counted yet. */
  #giveUp(size: number, nameCount: number): false {
    this.#size = size;
    this.#names.forget(nameCount);
    return false;
  }

  #count(at: number): void {
    this.#setU16(at, ((this.#octets[at] << 8) | this.#octets[at + 1]) + 1);
  }

  #setU16(at: number, value: number): void {
    writeU16(this.#octets, at, value);
  }

  #setU32(at: number, value: number): void {
    this.#setU16(at, value >>> 16);
    this.#setU16(at + 2, value & 0xffff);
  }
}

/** The uncompressed name at `at` of valid RDATA, as a view. */
function nameAt(rdata: Uint8Array, at: number): Name {
  let end = at;
  while (rdata[end] !== 0) end += 1 + rdata[end];
  return rdata.subarray(at, end + 1);
}
