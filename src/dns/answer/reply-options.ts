/**
 * The OPT record of a reply: which options the query gets (RFC 6891 section 6.1.2: none that it did
 * not ask for, but extended errors), how many octets they take, and their writing.
 *
 *   NSID (RFC 5001)  EXPIRE (7314)  COOKIE (7873, 9018)  edns-tcp-keepalive (7828, streams only)
 *   ZONEVERSION (9660)  extended error (8914)  padding (7830, encrypted only, always last)
 */
import { EDNS_OPTION, OPT_SIZE_MIN } from '#dns/wire/edns.ts';
import type { QueryClient } from './query-client.ts';
import type { QueryReader } from './query-reader.ts';
import type { ReplyWriter } from './reply-writer.ts';
import { COOKIE_SIZE, type ServerCookies } from './server-cookie.ts';

/** Octets that an NSID may have: with everything else it fits behind any question in 512. */
export const NSID_SIZE_MAX = 128;
/** Replies over encrypted transports are padded to a multiple of it (RFC 8467 section 4.1). */
export const PADDING_BLOCK_SIZE = 468;

/** Octets of an EDNS option's head, and of whole options. */
const OPTION_HEAD_SIZE = 4;
export const EXTENDED_ERROR_SIZE = OPTION_HEAD_SIZE + 2;
const KEEPALIVE_SIZE = OPTION_HEAD_SIZE + 2;
const ZONEVERSION_SIZE = OPTION_HEAD_SIZE + 6;
const EXPIRE_SIZE = OPTION_HEAD_SIZE + 4;
/** The one type of zone version there is: the SOA's serial (RFC 9660 section 2.1). */
const ZONEVERSION_SOA_SERIAL = 0;
/** TIMEOUT of edns-tcp-keepalive counts these, in 16 bits (RFC 7828 section 3.1). */
const KEEPALIVE_UNIT_MS = 100;
const KEEPALIVE_UNITS_MAX = 0xffff;

export interface ReplyOptionsSetup {
  nsid?: Uint8Array | undefined;
  /** Octets over UDP that we say that we take. */
  udpPayloadSize: number;
  /** For how long an idle stream is kept open; without it clients are not told. */
  keepaliveMs?: number | undefined;
}

/** What the option edns-tcp-keepalive says of a time. */
export function keepaliveUnits(ms: number): number {
  return Math.min(KEEPALIVE_UNITS_MAX, Math.trunc(ms / KEEPALIVE_UNIT_MS));
}

export class ReplyOptions {
  /** The query has a cookie that we gave to this client. */
  isClientKnown = false;
  /** INFO-CODE of the extended error to say, -1 for none. */
  extendedError = -1;
  /** Whose version ZONEVERSION says: labels of the zone, -1 for no zone, and its serial. */
  zoneLabels = -1;
  zoneSerial = 0;
  /** What EXPIRE says, -1 for nothing: seconds that the zone may be kept for. */
  expireSeconds = -1;
  readonly #query: QueryReader;
  readonly #writer: ReplyWriter;
  readonly #cookies: ServerCookies | undefined;
  readonly #setup: ReplyOptionsSetup;
  readonly #nsid: Uint8Array | undefined;
  readonly #keepaliveUnits: number;
  #hasCookie = false;
  #hasKeepalive = false;
  #isPadded = false;

  constructor(
    query: QueryReader,
    writer: ReplyWriter,
    cookies: ServerCookies | undefined,
    setup: ReplyOptionsSetup,
  ) {
    this.#query = query;
    this.#writer = writer;
    this.#cookies = cookies;
    this.#setup = setup;
    this.#nsid = setup.nsid?.slice(0, NSID_SIZE_MAX);
    const { keepaliveMs } = setup;
    this.#keepaliveUnits = keepaliveMs === undefined ? -1 : keepaliveUnits(keepaliveMs);
  }

  /**
   * Looks at what the query in hand wants. @param octets that it stands in
   * @returns octets to keep free for OPT. An extended error is not in it, as it goes only with an
   *   rcode that lets no records be added; nor is padding, which takes what is left
   */
  prepare(octets: Uint8Array, client: QueryClient, isStream: boolean): number {
    const query = this.#query;
    this.isClientKnown = false;
    this.extendedError = -1;
    this.zoneLabels = -1;
    this.expireSeconds = -1;
    if (!query.hasEdns) return 0;
    let size = OPT_SIZE_MIN;
    if (this.#nsid !== undefined && query.wantsNsid) size += OPTION_HEAD_SIZE + this.#nsid.length;
    if (query.wantsZoneVersion) size += ZONEVERSION_SIZE;
    if (query.wantsExpire) size += EXPIRE_SIZE;
    this.#hasCookie = this.#cookies !== undefined && query.cookieSize > 0;
    if (this.#cookies !== undefined && this.#hasCookie) {
      size += OPTION_HEAD_SIZE + COOKIE_SIZE;
      this.isClientKnown = this.#cookies.take(octets, query.cookieAt, query.cookieSize, client);
    }
    this.#hasKeepalive = isStream && query.wantsKeepalive && this.#keepaliveUnits >= 0;
    if (this.#hasKeepalive) size += KEEPALIVE_SIZE;
    this.#isPadded = client.isEncrypted && query.wantsPadding;
    return size;
  }

  /** Adds OPT to a query that has one. @param end of the room in the buffer, for padding */
  write(rcode: number, end: number): void {
    const query = this.#query;
    if (!query.hasEdns) return;
    const writer = this.#writer;
    const at = writer.openOpt(this.#setup.udpPayloadSize, rcode, query.dnssecOk);
    if (this.#nsid !== undefined && query.wantsNsid) {
      writer.openOption(EDNS_OPTION.NSID, this.#nsid.length);
      for (let step = 0; step < this.#nsid.length; step++) writer.octet(this.#nsid[step]);
    }
    if (this.#cookies !== undefined && this.#hasCookie) {
      writer.openOption(EDNS_OPTION.COOKIE, COOKIE_SIZE);
      this.#cookies.write(writer.reply, writer.at);
      writer.at += COOKIE_SIZE;
    }
    if (this.#hasKeepalive) {
      writer.openOption(EDNS_OPTION.TCP_KEEPALIVE, 2);
      writer.octet(this.#keepaliveUnits >> 8);
      writer.octet(this.#keepaliveUnits);
    }
    if (query.wantsZoneVersion && this.zoneLabels >= 0) this.#writeZoneVersion();
    if (this.expireSeconds >= 0) {
      writer.openOption(EDNS_OPTION.EXPIRE, 4);
      this.#writeU32(this.expireSeconds);
    }
    if (this.extendedError >= 0) {
      writer.openOption(EDNS_OPTION.EXTENDED_ERROR, 2);
      writer.octet(this.extendedError >> 8);
      writer.octet(this.extendedError);
    }
    if (this.#isPadded) this.#pad(end);
    writer.closeOpt(at);
  }

  #writeZoneVersion(): void {
    const writer = this.#writer;
    writer.openOption(EDNS_OPTION.ZONEVERSION, 6);
    writer.octet(this.zoneLabels);
    writer.octet(ZONEVERSION_SOA_SERIAL);
    this.#writeU32(this.zoneSerial);
  }

  #writeU32(value: number): void {
    for (let shift = 24; shift >= 0; shift -= 8) this.#writer.octet(value >>> shift);
  }

  #pad(end: number): void {
    const writer = this.#writer;
    const size = writer.at - writer.base + OPTION_HEAD_SIZE;
    const padded = Math.ceil(size / PADDING_BLOCK_SIZE) * PADDING_BLOCK_SIZE;
    const count = Math.min(padded, end - writer.base) - size;
    if (count < 0) return;
    writer.openOption(EDNS_OPTION.PADDING, count);
    for (let step = 0; step < count; step++) writer.octet(0);
  }
}
