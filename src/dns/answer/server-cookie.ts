/**
 * DNS cookies (RFC 7873) as all servers of an anycast address make them (RFC 9018): the client's 8
 * octets come back with 16 of ours, which only who receives at the client's address can know.
 *
 *     | client cookie (8) | version 1 | reserved (3) | timestamp (4) | hash (8) |
 *       hash = SipHash-2-4 over all that is before it and the client's address
 *
 * A cookie is good from COOKIE_AGE_MAX_S in the past to COOKIE_AHEAD_MAX_S in the future (section
 * 4.3). It never decides whether a query is answered, only whether the client is known to be there.
 */
import type { Clock } from '#base/clock.ts';
import { COOKIE_SECRET_SIZE, CookieSecrets } from './cookie-secrets.ts';
import { clientSize, type QueryClient } from './query-client.ts';
import { SIP_HASH_SIZE, SipHash } from './sip-hash.ts';

export const CLIENT_COOKIE_SIZE = 8;
/** Client and server cookie together, as we make them. */
export const COOKIE_SIZE = 24;
/** Octets that a server cookie of any making may have (RFC 7873 section 4). */
const SERVER_COOKIE_SIZE_MIN = 8;
const SERVER_COOKIE_SIZE_MAX = 32;

const COOKIE_AGE_MAX_S = 3600;
const COOKIE_AHEAD_MAX_S = 300;
/** A good cookie older than this is replaced. */
const COOKIE_RENEW_S = 1800;

const VERSION = 1;
const VERSION_AT = 8;
const TIMESTAMP_AT = 12;
const HASH_AT = 16;
const ADDRESS_SIZE_MAX = 16;

/** False for a COOKIE option that must be answered FORMERR (RFC 7873 section 5.2.2). */
export function isCookieSize(size: number): boolean {
  const serverSize = size - CLIENT_COOKIE_SIZE;
  if (serverSize === 0) return true;
  return serverSize >= SERVER_COOKIE_SIZE_MIN && serverSize <= SERVER_COOKIE_SIZE_MAX;
}

export class ServerCookies {
  readonly #secrets: CookieSecrets;
  readonly #clock: Clock;
  readonly #sip = new SipHash();
  /** Everything that is hashed: cookie up to the hash, then the address. */
  readonly #input = new Uint8Array(HASH_AT + ADDRESS_SIZE_MAX);
  readonly #cookie = new Uint8Array(COOKIE_SIZE);
  #nowSeconds = 0;
  #isRefreshed = false;

  /** @param secrets memory of `makeCookieSecrets` */
  constructor(secrets: SharedArrayBuffer, clock: Clock) {
    this.#secrets = new CookieSecrets(secrets);
    this.#clock = clock;
  }

  /** The time and the secrets are looked at once in a batch, if it has a cookie. */
  beginBatch(): void {
    this.#isRefreshed = false;
  }

  /**
   * Takes the cookie at `query[at..at + size)` and prepares what `write` gives.
   * @param size one that `isCookieSize` accepts
   * @returns true if we gave this cookie to this client, recently
   */
  take(query: Uint8Array, at: number, size: number, client: QueryClient): boolean {
    if (!this.#isRefreshed) this.#refresh();
    for (let step = 0; step < COOKIE_SIZE; step++) {
      this.#cookie[step] = step < size ? query[at + step] : 0;
    }
    const secret = size === COOKIE_SIZE ? this.#findSecret(client) : -1;
    const age = (this.#nowSeconds - readU32(this.#cookie, TIMESTAMP_AT)) | 0;
    const isGood = secret >= 0 && age <= COOKIE_AGE_MAX_S && age >= -COOKIE_AHEAD_MAX_S;
    if (!isGood || secret > 0 || age >= COOKIE_RENEW_S) this.#make(client);
    return isGood;
  }

  /** Writes COOKIE_SIZE octets: the client's cookie and ours for it. */
  write(reply: Uint8Array, at: number): void {
    for (let step = 0; step < COOKIE_SIZE; step++) reply[at + step] = this.#cookie[step];
  }

  #refresh(): void {
    this.#isRefreshed = true;
    this.#secrets.refresh();
    // Modulo 2^32, as the timestamp is compared (RFC 9018 section 4.3).
    this.#nowSeconds = Math.trunc(this.#clock.nowMs() / 1000) | 0;
  }

  /** Which secret made the cookie in hand, or -1. */
  #findSecret(client: QueryClient): number {
    if (this.#cookie[VERSION_AT] !== VERSION) return -1;
    for (let secret = 0; secret < this.#secrets.count; secret++) {
      this.#hash(secret, client);
      // All octets, whatever they are: how long this takes says nothing about the right ones.
      let difference = 0;
      for (let step = 0; step < SIP_HASH_SIZE; step++) {
        difference |= this.#sip.digest[step] ^ this.#cookie[HASH_AT + step];
      }
      if (difference === 0) return secret;
    }
    return -1;
  }

  /** Makes the server's part anew, with the first secret. */
  #make(client: QueryClient): void {
    const cookie = this.#cookie;
    cookie.fill(0, VERSION_AT, TIMESTAMP_AT);
    cookie[VERSION_AT] = VERSION;
    for (let step = 0; step < 4; step++) {
      cookie[TIMESTAMP_AT + step] = this.#nowSeconds >>> (24 - step * 8);
    }
    this.#hash(0, client);
    for (let step = 0; step < SIP_HASH_SIZE; step++)
      cookie[HASH_AT + step] = this.#sip.digest[step];
  }

  #hash(secret: number, client: QueryClient): void {
    const input = this.#input;
    const addressSize = clientSize(client);
    for (let step = 0; step < HASH_AT; step++) input[step] = this.#cookie[step];
    for (let step = 0; step < addressSize; step++) {
      input[HASH_AT + step] = client.clientOctets[client.clientAt + step];
    }
    const keyAt = secret * COOKIE_SECRET_SIZE;
    this.#sip.compute(this.#secrets.octets, keyAt, input, HASH_AT + addressSize);
  }
}

function readU32(octets: Uint8Array, at: number): number {
  return (octets[at] << 24) | (octets[at + 1] << 16) | (octets[at + 2] << 8) | octets[at + 3];
}
