/**
 * Reads a query where it lies (RFC 1035 section 4.1, RFC 6891 section 6.1): header, the one
 * question, and the OPT and TSIG records among the additional ones. One pass, no object, nothing
 * read outside the query's own octets; whatever they are, the outcome is one of the verdicts.
 */
import { LookupName } from '#dns/image/lookup-name.ts';
import { EDNS_OPTION, EDNS_VERSION } from '#dns/wire/edns.ts';
import { HEADER_SIZE, OPCODE } from '#dns/wire/header.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { isCookieSize } from './server-cookie.ts';

/** No answer: too short for a header, or itself a response. */
export const VERDICT_DROP = 0;
export const VERDICT_ANSWER = 1;
export const VERDICT_FORMERR = 2;
export const VERDICT_NOTIMP = 3;
export const VERDICT_BADVERS = 4;
/** NOTIFY, UPDATE or signed: the control thread's. */
export const VERDICT_SLOW = 5;
/** Only for a server cookie, without a question (RFC 7873 section 5.4). */
export const VERDICT_NO_QUESTION = 6;

const TYPE_OPT: number = TYPE.OPT;
const TYPE_TSIG: number = TYPE.TSIG;
const TYPE_IXFR: number = TYPE.IXFR;
const OPTION_NSID: number = EDNS_OPTION.NSID;
const OPTION_EXPIRE: number = EDNS_OPTION.EXPIRE;
const OPTION_COOKIE: number = EDNS_OPTION.COOKIE;
const OPTION_TCP_KEEPALIVE: number = EDNS_OPTION.TCP_KEEPALIVE;
const OPTION_PADDING: number = EDNS_OPTION.PADDING;
const OPTION_ZONEVERSION: number = EDNS_OPTION.ZONEVERSION;
const OPTION_HEAD_SIZE = 4;
/** Type, class, TTL and RDLENGTH of a record. */
const RECORD_FIXED_SIZE = 10;

export class QueryReader {
  /** The question's name. */
  readonly name = new LookupName();
  qtype = 0;
  qclass = 0;
  /** Octets of header and question; the header's alone when there is no readable question. */
  questionSize = HEADER_SIZE;
  hasEdns = false;
  /** Octets that the client takes over UDP, as it said. */
  payloadSize = 0;
  dnssecOk = false;
  wantsNsid = false;
  wantsKeepalive = false;
  wantsPadding = false;
  wantsZoneVersion = false;
  wantsExpire = false;
  /** Where the data of the first COOKIE option stands in `query`, and its octets; 0 for none. */
  cookieAt = 0;
  cookieSize = 0;
  readonly #readsCookies: boolean;
  #isSigned = false;
  #ednsVersion = 0;

  /** @param readsCookies false: passes over them like over any option that is not known */
  constructor(readsCookies: boolean) {
    this.#readsCookies = readsCookies;
  }

  /** Reads `query[at..at + size)` and says what to do with it. */
  read(query: Uint8Array, at: number, size: number): number {
    this.qtype = 0;
    this.qclass = 0;
    this.questionSize = HEADER_SIZE;
    this.#forgetEdns();
    if (size < HEADER_SIZE || query[at + 2] >= 0x80) return VERDICT_DROP;
    const end = at + size;
    const opcode = (query[at + 2] >> 3) & 15;
    if (opcode !== OPCODE.QUERY) {
      if (opcode === OPCODE.NOTIFY || opcode === OPCODE.UPDATE) return VERDICT_SLOW;
      this.#readOptOnly(query, at, end);
      return this.#ednsVersion > EDNS_VERSION ? VERDICT_BADVERS : VERDICT_NOTIMP;
    }
    const questions = readU16(query, at + 4);
    if (questions === 0) return this.#readWithoutQuestion(query, at, end);
    if (questions !== 1) return VERDICT_FORMERR;
    const behindName = this.name.readQuestion(query, at, end, HEADER_SIZE);
    if (behindName < 0 || behindName + 4 > end) return VERDICT_FORMERR;
    this.qtype = readU16(query, behindName);
    this.qclass = readU16(query, behindName + 2);
    this.questionSize = behindName + 4 - at;
    if (!this.#readRecords(query, at, behindName + 4, end)) {
      this.#forgetEdns();
      return VERDICT_FORMERR;
    }
    // A cookie of a wrong size: the reply has OPT, but none of ours (RFC 7873 section 5.2.2).
    if (this.cookieSize > 0 && !isCookieSize(this.cookieSize)) {
      this.cookieSize = 0;
      return VERDICT_FORMERR;
    }
    if (this.#isSigned) return VERDICT_SLOW;
    return this.hasEdns && this.#ednsVersion > EDNS_VERSION ? VERDICT_BADVERS : VERDICT_ANSWER;
  }

  /**
   * A message of another opcode is answered with OPT if it has one (RFC 6891 section 7), where a
   * query has it; its question, if that is what it is, is not.
   */
  #readOptOnly(query: Uint8Array, at: number, end: number): void {
    const questions = readU16(query, at + 4);
    let from = at + HEADER_SIZE;
    if (questions === 1) from = this.name.readQuestion(query, at, end, HEADER_SIZE) + 4;
    const isReadable = questions <= 1 && from >= at + HEADER_SIZE && from <= end;
    if (!isReadable || !this.#readRecords(query, at, from, end)) this.#forgetEdns();
    if (!isCookieSize(this.cookieSize)) this.cookieSize = 0;
  }

  #readWithoutQuestion(query: Uint8Array, at: number, end: number): number {
    const isReadable = this.#readRecords(query, at, at + HEADER_SIZE, end) && !this.#isSigned;
    if (!isReadable) this.#forgetEdns();
    else if (this.#ednsVersion > EDNS_VERSION) return VERDICT_BADVERS;
    else if (this.cookieSize > 0 && isCookieSize(this.cookieSize)) return VERDICT_NO_QUESTION;
    this.cookieSize = 0;
    return VERDICT_FORMERR;
  }

  #forgetEdns(): void {
    this.hasEdns = false;
    this.payloadSize = 0;
    this.dnssecOk = false;
    this.wantsNsid = false;
    this.wantsKeepalive = false;
    this.wantsPadding = false;
    this.wantsZoneVersion = false;
    this.wantsExpire = false;
    this.cookieSize = 0;
    this.#isSigned = false;
    this.#ednsVersion = 0;
  }

  /** Only IXFR has records before the additional section: the client's SOA (RFC 1995 section 3). */
  #readRecords(query: Uint8Array, at: number, from: number, end: number): boolean {
    const authorityCount = readU16(query, at + 8);
    if (readU16(query, at + 6) !== 0) return false;
    if (authorityCount !== 0 && this.qtype !== TYPE_IXFR) return false;
    let next = from;
    for (let index = 0; index < authorityCount; index++) {
      next = skipRecord(query, next, end);
      if (next < 0) return false;
    }
    const additionalCount = readU16(query, at + 10);
    for (let index = 0; index < additionalCount; index++) {
      const recordAt = next;
      next = skipRecord(query, recordAt, end);
      if (next < 0 || this.#isSigned) return false;
      const fixedAt = skipName(query, recordAt, end);
      const type = readU16(query, fixedAt);
      if (type === TYPE_TSIG) this.#isSigned = true;
      if (type !== TYPE_OPT) continue;
      if (this.hasEdns || fixedAt !== recordAt + 1) return false;
      if (!this.#readOpt(query, fixedAt, next)) return false;
    }
    return next === end;
  }

  #readOpt(query: Uint8Array, fixedAt: number, end: number): boolean {
    this.hasEdns = true;
    this.payloadSize = readU16(query, fixedAt + 2);
    this.#ednsVersion = query[fixedAt + 5];
    this.dnssecOk = query[fixedAt + 6] >= 0x80;
    // Of other versions only the fixed fields are known, and they are answered BADVERS.
    if (this.#ednsVersion > EDNS_VERSION) return true;
    let at = fixedAt + RECORD_FIXED_SIZE;
    while (at < end) {
      if (at + OPTION_HEAD_SIZE > end) return false;
      const size = readU16(query, at + 2);
      this.#readOption(readU16(query, at), at + OPTION_HEAD_SIZE, size);
      at += OPTION_HEAD_SIZE + size;
    }
    return at === end;
  }

  /** Of repeated options the first cookie counts (RFC 7873 section 5.2), of others each. */
  #readOption(code: number, at: number, size: number): void {
    if (code === OPTION_COOKIE) {
      if (!this.#readsCookies || this.cookieSize > 0) return;
      this.cookieAt = at;
      // Without even a client's part it is as wrong as one octet is.
      this.cookieSize = Math.max(1, size);
    } else if (code === OPTION_NSID) this.wantsNsid = true;
    else if (code === OPTION_TCP_KEEPALIVE) this.wantsKeepalive = true;
    else if (code === OPTION_PADDING) this.wantsPadding = true;
    // Whatever data they have is passed over (RFC 9660 section 3.2).
    else if (code === OPTION_ZONEVERSION) this.wantsZoneVersion = true;
    else if (code === OPTION_EXPIRE) this.wantsExpire = true;
  }
}

/** Offset behind the record at `at`, or -1 when it is cut off or has no name. */
function skipRecord(query: Uint8Array, at: number, end: number): number {
  const fixedAt = skipName(query, at, end);
  if (fixedAt < 0 || fixedAt + RECORD_FIXED_SIZE > end) return -1;
  const next = fixedAt + RECORD_FIXED_SIZE + readU16(query, fixedAt + 8);
  return next > end ? -1 : next;
}

/** Offset behind the name at `at`; a compression pointer ends it and is not followed. */
function skipName(query: Uint8Array, at: number, end: number): number {
  let from = at;
  while (from < end) {
    const length = query[from];
    if (length === 0) return from + 1;
    if (length >= 0xc0) return from + 2 > end ? -1 : from + 2;
    if (length > 63) return -1;
    from += 1 + length;
  }
  return -1;
}

function readU16(octets: Uint8Array, at: number): number {
  return (octets[at] << 8) | octets[at + 1];
}
