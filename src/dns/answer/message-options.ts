/**
 * The EDNS options that a reply gets whoever makes it, for replies that are made as data (the
 * control thread's: UPDATE, NOTIFY, transfers): the same that `reply-options.ts` writes into the
 * packet threads' answers.
 *
 *   NSID (RFC 5001)  COOKIE (7873, 9018)  edns-tcp-keepalive (7828, streams only)
 */
import type { Clock } from '#base/clock.ts';
import { EDNS_OPTION, type Edns, type EdnsOption } from '#dns/wire/edns.ts';
import { writeU16 } from '#dns/wire/header.ts';
import type { QueryClient } from './query-client.ts';
import { keepaliveUnits, NSID_SIZE_MAX } from './reply-options.ts';
import { COOKIE_SIZE, isCookieSize, ServerCookies } from './server-cookie.ts';

export interface MessageOptionsSetup {
  /** At most NSID_SIZE_MAX octets; without it NSID is not answered. */
  nsid?: Uint8Array | undefined;
  /** Memory of `makeCookieSecrets`; without it cookies are passed over. */
  cookieSecrets?: SharedArrayBuffer | undefined;
  /** For how long an idle stream is kept open. */
  keepaliveMs: number;
}

export class MessageOptions {
  readonly #nsid: Uint8Array | undefined;
  readonly #cookies: ServerCookies | undefined;
  readonly #keepaliveUnits: number;

  constructor({ nsid, cookieSecrets, keepaliveMs }: MessageOptionsSetup, clock: Clock) {
    this.#nsid = nsid?.slice(0, NSID_SIZE_MAX);
    this.#cookies = cookieSecrets && new ServerCookies(cookieSecrets, clock);
    this.#keepaliveUnits = keepaliveUnits(keepaliveMs);
  }

  /**
   * What the query's options ask for; `undefined` if one of them must be answered FORMERR (a cookie
   * of a wrong size, RFC 7873 section 5.2.2).
   */
  reply({ options }: Edns, client: QueryClient, isStream: boolean): EdnsOption[] | undefined {
    const reply: EdnsOption[] = [];
    const has = (code: number): boolean => options.some((option) => option.code === code);
    if (this.#nsid !== undefined && has(EDNS_OPTION.NSID)) {
      reply.push({ code: EDNS_OPTION.NSID, data: this.#nsid });
    }
    const cookie = this.#cookies && options.find(({ code }) => code === EDNS_OPTION.COOKIE);
    if (this.#cookies !== undefined && cookie !== undefined) {
      const { data } = cookie;
      if (!isCookieSize(data.length)) return undefined;
      const made = new Uint8Array(COOKIE_SIZE);
      this.#cookies.beginBatch();
      this.#cookies.take(data, 0, data.length, client);
      this.#cookies.write(made, 0);
      reply.push({ code: EDNS_OPTION.COOKIE, data: made });
    }
    if (isStream && has(EDNS_OPTION.TCP_KEEPALIVE)) {
      const data = new Uint8Array(2);
      writeU16(data, 0, this.#keepaliveUnits);
      reply.push({ code: EDNS_OPTION.TCP_KEEPALIVE, data });
    }
    return reply;
  }
}
