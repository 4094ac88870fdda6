/**
 * Question in, answer out, as bytes (the answer path of the data plane): one per packet thread, and
 * the only thing here that others use. Never awaits, throws, logs or allocates; work per query is
 * bounded by the size of the query, CHAIN_MAX and the limits of glue.ts and denial.ts.
 *
 *     QueryReader ──verdict──> Resolver ──RRsets──> ReplyWriter ──limiter──> ReplyOptions, header
 */
import { type Clock, openClock } from '#base/clock.ts';
import type { ImageReader } from '#dns/image/image-reader.ts';
import { ZONE_EXPIRES_AT } from '#dns/image/layout.ts';
import { EXTENDED_ERROR } from '#dns/wire/edns.ts';
import { HEADER_SIZE, RCODE, UDP_SIZE_PLAIN } from '#dns/wire/header.ts';
import { TYPE } from '#dns/wire/rdata/type-codes.ts';
import { CLASS_ANY, CLASS_CH, CLASS_IN } from '#dns/wire/record.ts';
import { ChaosNames, type ChaosTexts } from './chaos-names.ts';
import type { QueryClient } from './query-client.ts';
import {
  QueryReader,
  VERDICT_ANSWER,
  VERDICT_BADVERS,
  VERDICT_DROP,
  VERDICT_NO_QUESTION,
  VERDICT_NOTIMP,
  VERDICT_SLOW,
} from './query-reader.ts';
import { EXTENDED_ERROR_SIZE, ReplyOptions } from './reply-options.ts';
import { ReplyWriter } from './reply-writer.ts';
import { Resolver } from './resolver.ts';
import { ANSWER_KIND, LIMIT_DROP, LIMIT_SLIP, type ResponseLimiter } from './response-limiter.ts';
import { CLIENT_COOKIE_SIZE, ServerCookies } from './server-cookie.ts';

/** Fits every path without fragments (RFC 9715 section 3, DNS flag day 2020). */
export const UDP_PAYLOAD_SIZE_DEFAULT = 1232;

export const DROP_NONE = 0;
/** Too short for a header. */
export const DROP_SHORT = 1;
/** A response, not a query. */
export const DROP_RESPONSE = 2;
/** The caller's buffer cannot hold even the question. */
export const DROP_NO_ROOM = 3;
/** The client's network gets enough answers of this kind as it is. */
export const DROP_RATE_LIMITED = 4;

const TYPE_AXFR: number = TYPE.AXFR;
const TYPE_IXFR: number = TYPE.IXFR;
const TYPE_SOA: number = TYPE.SOA;

/** Structured-cloneable: it crosses to the packet threads. */
export interface AnswerOptions {
  /** What NSID (RFC 5001) gives, at most NSID_SIZE_MAX octets; without it NSID is not answered. */
  nsid?: Uint8Array | undefined;
  /** Octets over UDP that we send at most and say that we take. */
  udpPayloadSize?: number;
  /** Memory of `makeCookieSecrets`; without it cookies are passed over. */
  cookieSecrets?: SharedArrayBuffer | undefined;
  /** What class CHAOS is told; without it such questions are refused. */
  chaos?: ChaosTexts | undefined;
  /** For how long idle streams are kept open, which clients that ask are told (RFC 7828). */
  keepaliveMs?: number | undefined;
}

/** What belongs to the answerer's thread. */
export interface AnswererParts {
  /** For the age of cookies, and the time that a zone has left. */
  clock?: Clock;
  /** Without it nothing is limited. */
  limiter?: ResponseLimiter | undefined;
}

/** A client of whom nothing is known. */
const NOBODY: QueryClient = {
  clientOctets: new Uint8Array(4),
  clientAt: 0,
  isIpv6: false,
  isEncrypted: false,
};

export class Answerer {
  /** What the last `answer` decided; the rcode with its extended bits. */
  rcode = 0;
  qtype = 0;
  /** DROP_* when the last `answer` gave 0. */
  dropReason = DROP_NONE;
  readonly #reader: ImageReader;
  readonly #query: QueryReader;
  readonly #writer: ReplyWriter;
  readonly #resolver: Resolver;
  readonly #options: ReplyOptions;
  readonly #cookies: ServerCookies | undefined;
  readonly #chaos: ChaosNames;
  readonly #limiter: ResponseLimiter | undefined;
  readonly #clock: Clock;
  readonly #udpPayloadSize: number;
  #isAuthoritative = false;
  #isTruncated = false;

  constructor(reader: ImageReader, options: AnswerOptions = {}, parts: AnswererParts = {}) {
    const { cookieSecrets, nsid, keepaliveMs, chaos = {} } = options;
    const { clock = openClock({ kind: 'system' }), limiter } = parts;
    const payloadSize = options.udpPayloadSize ?? UDP_PAYLOAD_SIZE_DEFAULT;
    this.#udpPayloadSize = Math.max(UDP_SIZE_PLAIN, payloadSize);
    this.#reader = reader;
    this.#cookies = cookieSecrets && new ServerCookies(cookieSecrets, clock);
    this.#query = new QueryReader(cookieSecrets !== undefined);
    this.#writer = new ReplyWriter(reader);
    this.#resolver = new Resolver(reader, this.#writer, this.#query.name);
    this.#options = new ReplyOptions(this.#query, this.#writer, this.#cookies, {
      nsid,
      keepaliveMs,
      udpPayloadSize: this.#udpPayloadSize,
    });
    this.#chaos = new ChaosNames(chaos);
    this.#limiter = limiter;
    this.#clock = clock;
  }

  /** The queries up to `endBatch` see memory that is not reclaimed under them. */
  beginBatch(): void {
    this.#reader.beginBatch();
    this.#cookies?.beginBatch();
    this.#limiter?.beginBatch();
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
    client: QueryClient = NOBODY,
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
    const optSize = this.#options.prepare(query, client, isStream);
    const room = this.#room(replyMax, isStream);
    if (asked.questionSize + optSize + EXTENDED_ERROR_SIZE > room) return this.#drop(DROP_NO_ROOM);
    this.#isAuthoritative = false;
    this.#isTruncated = false;
    const end = replyAt + room;
    this.#writer.begin(query, queryAt, asked.questionSize, reply, replyAt, end - optSize);
    if (verdict === VERDICT_ANSWER) this.#resolve();
    else if (verdict === VERDICT_NO_QUESTION) this.#answerCookie();
    else this.rcode = rcodeOf(verdict);
    if (this.#limiter !== undefined && !isStream && !this.#options.isClientKnown) {
      const limit = this.#limiter.take(client, this.#kind());
      if (limit === LIMIT_DROP) return this.#drop(DROP_RATE_LIMITED);
      if (limit === LIMIT_SLIP) this.#slip();
    }
    this.#options.write(this.rcode, end);
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
    if (qclass !== CLASS_IN && qclass !== CLASS_ANY) {
      this.#answerOtherClass();
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
    if (this.#query.wantsZoneVersion) this.#noteZoneVersion();
    if (resolver.isUnavailable) {
      this.rcode = RCODE.SERVFAIL;
      this.#options.extendedError = EXTENDED_ERROR.INVALID_DATA;
      return;
    }
    if (this.#query.wantsExpire && qtype === TYPE_SOA && resolver.isApexAsked) this.#noteExpire();
    this.rcode = resolver.rcode;
    // Nobody has authority over every class: what there is in ours is said, as NSD does.
    this.#isAuthoritative = resolver.isAuthoritative && qclass !== CLASS_ANY;
    this.#isTruncated = resolver.isTruncated;
  }

  /** Says whether the server cookie is still good, if there is one (RFC 7873 section 5.4). */
  #answerCookie(): void {
    const isWrong = this.#query.cookieSize > CLIENT_COOKIE_SIZE && !this.#options.isClientKnown;
    this.rcode = isWrong ? RCODE.BADCOOKIE : RCODE.NOERROR;
  }

  #answerOtherClass(): void {
    const { qtype, qclass, name } = this.#query;
    if (qclass !== CLASS_CH || !this.#chaos.answer(name, qtype, this.#writer)) {
      this.#refuse();
      return;
    }
    this.rcode = RCODE.NOERROR;
    this.#isAuthoritative = true;
  }

  #refuse(): void {
    this.rcode = RCODE.REFUSED;
    this.#options.extendedError = EXTENDED_ERROR.NOT_AUTHORITATIVE;
  }

  /** Of the zone that the question is in, also where it refers or a chain leads to another. */
  #noteZoneVersion(): void {
    const { askedApex, askedLabels } = this.#resolver;
    const soa = this.#reader.findEntry(askedApex, TYPE.SOA);
    if (soa === 0) return;
    this.#options.zoneLabels = askedLabels;
    this.#options.zoneSerial = this.#writer.soaSerial(soa);
  }

  /** Of a zone that is fetched the time that it has left, of others what their SOA says. */
  #noteExpire(): void {
    const { askedZone, askedApex } = this.#resolver;
    const expiresAt = this.#reader.words[askedZone + ZONE_EXPIRES_AT] >>> 0;
    if (expiresAt !== 0) {
      // Rounded so that it is never more than what is left.
      const nowSeconds = Math.ceil(this.#clock.nowMs() / 1000);
      this.#options.expireSeconds = Math.max(0, expiresAt - nowSeconds);
      return;
    }
    const soa = this.#reader.findEntry(askedApex, TYPE.SOA);
    if (soa !== 0) this.#options.expireSeconds = this.#writer.soaExpire(soa);
  }

  #kind(): number {
    if (this.rcode === RCODE.NXDOMAIN) return ANSWER_KIND.nxdomain;
    const isAnswered = this.rcode === RCODE.NOERROR && this.#query.questionSize > HEADER_SIZE;
    if (!isAnswered) return ANSWER_KIND.error;
    if (this.#writer.answerCount > 0) return ANSWER_KIND.positive;
    return this.#isAuthoritative ? ANSWER_KIND.nodata : ANSWER_KIND.referral;
  }

  /** Leaves the question, with TC: hardly more than the query, so nobody gains by forging one. */
  #slip(): void {
    this.#writer.forgetRecords(this.#query.questionSize);
    this.#isAuthoritative = false;
    this.#isTruncated = true;
  }
}

/** Of a query that is not resolved. */
function rcodeOf(verdict: number): number {
  if (verdict === VERDICT_NOTIMP) return RCODE.NOTIMP;
  return verdict === VERDICT_BADVERS ? RCODE.BADVERS : RCODE.FORMERR;
}
