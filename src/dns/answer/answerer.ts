/**
 * Question in, answer out, as bytes (the answer path of the data plane): one per packet thread, and
 * the only thing here that others use. Never awaits, throws, logs or allocates; work per query is
 * bounded by the size of the query, CHAIN_MAX and the limits of glue.ts and denial.ts.
 *
 *     QueryReader ──verdict──> Resolver ──RRsets──> ReplyWriter ──> header, OPT
 */
import type { ImageReader } from '#dns/image/image-reader.ts';
import { EXTENDED_ERROR, OPT_SIZE_MIN } from '#dns/wire/edns.ts';
import { HEADER_SIZE, RCODE, UDP_SIZE_PLAIN } from '#dns/wire/header.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { CLASS_IN } from '#dns/wire/record.ts';
import {
  QueryReader,
  VERDICT_ANSWER,
  VERDICT_BADVERS,
  VERDICT_DROP,
  VERDICT_NOTIMP,
  VERDICT_SLOW,
} from './query-reader.ts';
import { ReplyWriter } from './reply-writer.ts';
import { Resolver } from './resolver.ts';

/** Fits every path without fragments (RFC 9715 section 3, DNS flag day 2020). */
export const UDP_PAYLOAD_SIZE_DEFAULT = 1232;
/** Octets of an EDNS option's head, and of an extended error without text. */
const OPTION_HEAD_SIZE = 4;
const EXTENDED_ERROR_SIZE = OPTION_HEAD_SIZE + 2;
/** Octets that an NSID may have. */
export const NSID_SIZE_MAX = 128;

export const DROP_NONE = 0;
/** Too short for a header. */
export const DROP_SHORT = 1;
/** A response, not a query. */
export const DROP_RESPONSE = 2;
/** The caller's buffer cannot hold even the question. */
export const DROP_NO_ROOM = 3;

const TYPE_AXFR: number = TYPE.AXFR;
const TYPE_IXFR: number = TYPE.IXFR;

export interface AnswerOptions {
  /** What NSID (RFC 5001) gives, at most NSID_SIZE_MAX octets; without it NSID is not answered. */
  nsid?: Uint8Array | undefined;
  /** Octets over UDP that we send at most and say that we take. */
  udpPayloadSize?: number;
}

export class Answerer {
  /** What the last `answer` decided; the rcode with its extended bits. */
  rcode = 0;
  qtype = 0;
  /** DROP_* when the last `answer` gave 0. */
  dropReason = DROP_NONE;
  readonly #reader: ImageReader;
  readonly #query = new QueryReader();
  readonly #writer: ReplyWriter;
  readonly #resolver: Resolver;
  readonly #nsid: Uint8Array | undefined;
  readonly #udpPayloadSize: number;
  #extendedError = -1;
  #isAuthoritative = false;
  #isTruncated = false;

  constructor(reader: ImageReader, options: AnswerOptions = {}) {
    this.#reader = reader;
    this.#writer = new ReplyWriter(reader);
    this.#resolver = new Resolver(reader, this.#writer, this.#query.name);
    this.#nsid = options.nsid?.slice(0, NSID_SIZE_MAX);
    this.#udpPayloadSize = Math.max(
      UDP_SIZE_PLAIN,
      options.udpPayloadSize ?? UDP_PAYLOAD_SIZE_DEFAULT,
    );
  }

  /** The queries up to `endBatch` see memory that is not reclaimed under them. */
  beginBatch(): void {
    this.#reader.beginBatch();
  }

  endBatch(): void {
    this.#reader.endBatch();
  }

  /**
   * Answers `query[queryAt..queryAt + querySize)` in `reply[replyAt..replyAt + replyMax)`.
   * @param isStream over TCP or TLS: the whole `replyMax` may be used
   * @returns octets written; 0: send nothing; -1: the control thread must answer
   */
  answer(
    query: Uint8Array,
    queryAt: number,
    querySize: number,
    reply: Uint8Array,
    replyAt: number,
    replyMax: number,
    isStream: boolean,
  ): number {
    const asked = this.#query;
    const verdict = asked.read(query, queryAt, querySize);
    this.qtype = asked.qtype;
    this.dropReason = DROP_NONE;
    if (verdict === VERDICT_DROP) {
      return this.#drop(querySize < HEADER_SIZE ? DROP_SHORT : DROP_RESPONSE);
    }
    if (verdict === VERDICT_SLOW) return -1;
    if (verdict === VERDICT_ANSWER && this.#isSlow(isStream)) return -1;
    const optSize = this.#optSize();
    const room = this.#room(replyMax, isStream);
    if (asked.questionSize + optSize + EXTENDED_ERROR_SIZE > room) return this.#drop(DROP_NO_ROOM);
    this.#extendedError = -1;
    this.#isAuthoritative = false;
    this.#isTruncated = false;
    const limit = replyAt + room - optSize;
    this.#writer.begin(query, queryAt, asked.questionSize, reply, replyAt, limit);
    if (verdict === VERDICT_ANSWER) this.#resolve();
    else if (verdict === VERDICT_NOTIMP) this.rcode = RCODE.NOTIMP;
    else this.rcode = verdict === VERDICT_BADVERS ? RCODE.BADVERS : RCODE.FORMERR;
    if (asked.hasEdns) this.#addOpt();
    return this.#writer.finish(this.rcode, this.#isAuthoritative, this.#isTruncated);
  }

  #drop(reason: number): number {
    this.dropReason = reason;
    return 0;
  }

  /** Transfers, which the control thread makes; IXFR over UDP too (RFC 1995 section 2). */
  #isSlow(isStream: boolean): boolean {
    const { qtype, qclass } = this.#query;
    if (qclass !== CLASS_IN) return false;
    return qtype === TYPE_IXFR || (qtype === TYPE_AXFR && isStream);
  }

  /** Without an extended error, which goes only with an rcode that lets no records be added. */
  #optSize(): number {
    if (!this.#query.hasEdns) return 0;
    const nsidSize =
      this.#nsid !== undefined && this.#query.wantsNsid ? OPTION_HEAD_SIZE + this.#nsid.length : 0;
    return OPT_SIZE_MIN + nsidSize;
  }

  /** Octets that the reply may have (RFC 6891 section 6.2.5). */
  #room(replyMax: number, isStream: boolean): number {
    if (isStream) return replyMax;
    let size = UDP_SIZE_PLAIN;
    if (this.#query.hasEdns && this.#query.payloadSize > UDP_SIZE_PLAIN) {
      size = Math.min(this.#query.payloadSize, this.#udpPayloadSize);
    }
    return Math.min(size, replyMax);
  }

  #resolve(): void {
    const { qtype, qclass, dnssecOk } = this.#query;
    if (qclass !== CLASS_IN) {
      this.#refuse();
      return;
    }
    // Over a stream the control thread has it. Other types that only a question can have are looked
    // for like any, and not found, as NSD and Knot do.
    if (qtype === TYPE_AXFR) {
      this.rcode = RCODE.NOTIMP;
      return;
    }
    const resolver = this.#resolver;
    resolver.resolve(qtype, dnssecOk);
    if (resolver.isOutside) {
      this.#refuse();
      return;
    }
    this.rcode = resolver.rcode;
    this.#isAuthoritative = resolver.isAuthoritative;
    this.#isTruncated = resolver.isTruncated;
  }

  #refuse(): void {
    this.rcode = RCODE.REFUSED;
    this.#extendedError = EXTENDED_ERROR.NOT_AUTHORITATIVE;
  }

  #addOpt(): void {
    const nsid = this.#query.wantsNsid ? this.#nsid : undefined;
    this.#writer.opt(
      this.#udpPayloadSize,
      this.rcode,
      this.#query.dnssecOk,
      nsid,
      this.#extendedError,
    );
  }
}
