/**
 * Reads whole messages (RFC 1035 section 4) into data, names and RDATA uncompressed. No octets make
 * it throw anything but WireError. Work is bounded by the message's size: a record takes 11 octets
 * of it at least, counts in the header are promises that are checked as we go, and a name costs at
 * most 127 jumps and 255 octets.
 *
 * A TTL with its highest bit set counts as zero (RFC 2181 section 8).
 */
import { type Edns, readEdnsOptions } from './edns.ts';
import { HEADER_SIZE, type Header, OPCODE, readHeader, readU16, readU32 } from './header.ts';
import type { Message, Question } from './message.ts';
import { NAME_SIZE_MAX, type Name } from './name.ts';
import { behindName, expandName } from './name-wire.ts';
import { RdataWriter } from './rdata/rdata-writer.ts';
import { findType, readRdata } from './rdata/registry.ts';
import { TYPE } from './rdata/type-codes.ts';
import { CLASS_ANY, CLASS_NONE, type ResourceRecord, TTL_MAX } from './record.ts';
import { WireError } from './wire-error.ts';

/** Type, class, TTL and length of a record. */
const RECORD_FIXED_SIZE = 10;

export interface ReadOptions {
  /** Stop behind the question: the sections stay empty and their octets are not looked at. */
  questionOnly?: boolean;
  /** Take octets behind the last record, which are otherwise WIRE_TRAILING as in BIND. */
  allowsTrailing?: boolean;
}

/** Keeps its working memory: for those that read many messages, one after the other. */
export class MessageReader {
  readonly #rdata = new RdataWriter();
  readonly #name = new Uint8Array(NAME_SIZE_MAX);
  #octets: Uint8Array = new Uint8Array(0);
  #at = 0;
  #opcode = 0;
  #edns: Edns | undefined;
  #extendedRcode = 0;

  /** @throws WireError, any code but WIRE_TOO_LONG */
  read(octets: Uint8Array, options: ReadOptions = {}): Message {
    const header = readHeader(octets);
    this.#octets = octets;
    this.#at = HEADER_SIZE;
    this.#opcode = header.opcode;
    this.#edns = undefined;
    this.#extendedRcode = 0;
    const question = this.#readQuestion(header.questionCount);
    const sections = options.questionOnly === true ? emptySections() : this.#readSections(header);
    const trailingSize = octets.length - this.#at;
    if (trailingSize > 0 && options.questionOnly !== true && options.allowsTrailing !== true) {
      throw new WireError('WIRE_TRAILING', `${trailingSize} octets behind the last record`);
    }
    return {
      id: header.id,
      flags: header.flags,
      opcode: header.opcode,
      rcode: (this.#extendedRcode << 4) | header.rcode,
      question,
      ...sections,
      edns: this.#edns,
    };
  }

  #readQuestion(count: number): Question | undefined {
    if (count === 0) return undefined;
    if (count > 1) throw new WireError('WIRE_QUESTION', `${count} questions in one message`);
    const name = this.#takeName();
    const at = this.#take(4, 'the question');
    return { name, type: readU16(this.#octets, at), class: readU16(this.#octets, at + 2) };
  }

  #readSections(header: Header): Sections {
    const answer = this.#readRecords(header.answerCount, false);
    const authority = this.#readRecords(header.authorityCount, false);
    const additional = this.#readRecords(header.additionalCount, true);
    return { answer, authority, additional };
  }

  #readRecords(count: number, takesOpt: boolean): ResourceRecord[] {
    const records: ResourceRecord[] = [];
    for (let index = 0; index < count; index++) {
      const owner = this.#takeName();
      const at = this.#take(RECORD_FIXED_SIZE, 'a record');
      const type = readU16(this.#octets, at);
      const rdataAt = this.#take(readU16(this.#octets, at + 8), 'RDATA');
      if (type === TYPE.OPT) {
        this.#readOpt(owner[0] === 0 && takesOpt, at, rdataAt);
        continue;
      }
      const rrclass = readU16(this.#octets, at + 2);
      const ttl = readU32(this.#octets, at + 4);
      records.push({
        owner,
        type,
        class: rrclass,
        ttl: ttl > TTL_MAX ? 0 : ttl,
        rdata: this.#readRdata(type, rrclass, rdataAt),
      });
    }
    return records;
  }

  #readOpt(isInPlace: boolean, at: number, rdataAt: number): void {
    if (!isInPlace || this.#edns !== undefined) {
      throw new WireError('WIRE_EDNS', 'an OPT record that is misplaced or not the only one');
    }
    const octets = this.#octets;
    const version = octets[at + 5];
    this.#extendedRcode = octets[at + 4];
    this.#edns = {
      payloadSize: readU16(octets, at + 2),
      version,
      flags: readU16(octets, at + 6),
      // Of other versions only the fixed fields are known, and they are answered BADVERS.
      options: version === 0 ? readEdnsOptions(octets, rdataAt, this.#at) : [],
    };
  }

  #readRdata(type: number, rrclass: number, at: number): Uint8Array {
    const end = this.#at;
    const isEmptyUpdate =
      at === end &&
      this.#opcode === OPCODE.UPDATE &&
      (rrclass === CLASS_ANY || rrclass === CLASS_NONE);
    if (isEmptyUpdate || findType(type) === undefined) return this.#octets.slice(at, end);
    this.#rdata.reset();
    readRdata(type, this.#octets, at, end, this.#rdata);
    return this.#rdata.take();
  }

  #takeName(): Name {
    const octets = this.#octets;
    const size = expandName(octets, this.#at, octets.length, this.#name, 0);
    this.#at = behindName(octets, this.#at);
    return this.#name.slice(0, size);
  }

  /** Steps over `size` octets and gives where they begin. */
  #take(size: number, what: string): number {
    const at = this.#at;
    if (at + size > this.#octets.length) {
      throw new WireError('WIRE_TRUNCATED', `the message ends inside ${what}`);
    }
    this.#at = at + size;
    return at;
  }
}

type Sections = Pick<Message, 'answer' | 'authority' | 'additional'>;

function emptySections(): Sections {
  return { answer: [], authority: [], additional: [] };
}

/** Reads one message. @throws WireError, any code but WIRE_TOO_LONG */
export function readMessage(octets: Uint8Array, options?: ReadOptions): Message {
  return new MessageReader().read(octets, options);
}
