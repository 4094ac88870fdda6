/**
 * The secrets of server cookies, in shared memory: packet threads block in system calls and take no
 * messages, and a new set of secrets must reach all of them while they run.
 *
 *     words 0 version (odd while being written)  1 secrets in use
 *     then up to COOKIE_SECRETS_MAX secrets of COOKIE_SECRET_SIZE octets
 *
 * The first secret makes cookies, all of them check cookies: that is how servers of one anycast
 * address roll (RFC 9018 section 5). The new secret is added behind the old one everywhere, then
 * put in front, then the old one is removed when the cookies made with it have aged out.
 */
import { assert } from '#base/assert.ts';
import { SIP_KEY_SIZE } from './sip-hash.ts';

export const COOKIE_SECRET_SIZE = SIP_KEY_SIZE;
export const COOKIE_SECRETS_MAX = 3;

const VERSION = 0;
const COUNT = 1;
const WORDS_SIZE = 8;
const MEMORY_SIZE = WORDS_SIZE + COOKIE_SECRETS_MAX * COOKIE_SECRET_SIZE;

/** Memory that `CookieSecrets` reads. @param secrets as `publishCookieSecrets` */
export function makeCookieSecrets(secrets: readonly Uint8Array[]): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(MEMORY_SIZE);
  publishCookieSecrets(memory, secrets);
  return memory;
}

/** Replaces all. @param secrets 1 to COOKIE_SECRETS_MAX, the one to make cookies with first */
export function publishCookieSecrets(
  memory: SharedArrayBuffer,
  secrets: readonly Uint8Array[],
): void {
  assert(secrets.length > 0 && secrets.length <= COOKIE_SECRETS_MAX, 'there are 1 to 3 secrets');
  const words = new Int32Array(memory, 0, 2);
  const octets = new Uint8Array(memory, WORDS_SIZE);
  Atomics.add(words, VERSION, 1);
  for (const [index, secret] of secrets.entries()) {
    assert(secret.length === COOKIE_SECRET_SIZE, 'a cookie secret has 16 octets');
    octets.set(secret, index * COOKIE_SECRET_SIZE);
  }
  Atomics.store(words, COUNT, secrets.length);
  Atomics.add(words, VERSION, 1);
}

/** One thread's copy of the secrets. */
export class CookieSecrets {
  /** The secrets one behind the other, as SipHash takes them as keys. */
  readonly octets = new Uint8Array(COOKIE_SECRETS_MAX * COOKIE_SECRET_SIZE);
  count = 0;
  readonly #words: Int32Array;
  readonly #shared: Uint8Array;
  readonly #taken = new Uint8Array(COOKIE_SECRETS_MAX * COOKIE_SECRET_SIZE);
  #version = -1;

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory, 0, 2);
    this.#shared = new Uint8Array(memory, WORDS_SIZE);
    this.refresh();
  }

  /** Takes over what was published; while it is being written the old secrets stay. */
  refresh(): void {
    const version = Atomics.load(this.#words, VERSION);
    if (version === this.#version || (version & 1) !== 0) return;
    const count = Atomics.load(this.#words, COUNT);
    this.#taken.set(this.#shared);
    if (Atomics.load(this.#words, VERSION) !== version) return;
    this.octets.set(this.#taken);
    this.count = count;
    this.#version = version;
  }
}
