/**
 * Passwords of registrars, kept as argon2id (RFC 9106) in the PHC string format:
 *
 *     $argon2id$v=19$m=19456,t=2,p=1$SALT$TAG        base64 without padding
 *
 * The numbers stand in the string, so that they can be raised for new passwords while old ones are
 * still checked. A login by a name that is not there costs the same work as one that is.
 */
import { type Argon2Parameters, argon2, timingSafeEqual } from 'node:crypto';
import { formatBase64 } from '#base/bytes.ts';
import type { Random } from '#base/random.ts';

const VERSION = 19;
const MEMORY_KIB = 19_456;
const PASSES = 2;
const LANES = 1;
const SALT_SIZE = 16;
const TAG_SIZE = 32;
/** Above this a string is damaged, and working it out could take all memory. */
const MEMORY_KIB_MAX = 1 << 20;
const PASSES_MAX = 64;
const LANES_MAX = 16;

interface KeptPassword {
  memory: number;
  passes: number;
  parallelism: number;
  nonce: Uint8Array;
  tag: Uint8Array;
}

/** Nobody's: its tag is no digest of anything that is known. */
const NOBODYS: KeptPassword = {
  memory: MEMORY_KIB,
  passes: PASSES,
  parallelism: LANES,
  nonce: new Uint8Array(SALT_SIZE),
  tag: new Uint8Array(TAG_SIZE),
};

export async function hashPassword(password: string, random: Random): Promise<string> {
  const nonce = random.bytes(SALT_SIZE);
  const kept = { ...NOBODYS, nonce };
  const tag = await derive(password, kept);
  const numbers = `m=${MEMORY_KIB},t=${PASSES},p=${LANES}`;
  return `$argon2id$v=${VERSION}$${numbers}$${unpadded(nonce)}$${unpadded(tag)}`;
}

/**
 * Whether it is the password that was hashed.
 * @param hash absent, or not one of ours: false, after as much work
 */
export async function isPassword(hash: string | undefined, password: string): Promise<boolean> {
  const kept = parseHash(hash ?? '');
  const tag = await derive(password, kept ?? NOBODYS);
  const isSame = timingSafeEqual(tag, (kept ?? NOBODYS).tag);
  return kept !== undefined && isSame;
}

function parseHash(hash: string): KeptPassword | undefined {
  const form =
    /^\$argon2id\$v=19\$m=(\d{1,8}),t=(\d{1,3}),p=(\d{1,3})\$([\w+/]{22})\$([\w+/]{43})$/;
  const found = form.exec(hash);
  if (found === null) return undefined;
  const [memory, passes, parallelism] = found.slice(1, 4).map(Number);
  const [nonce, tag] = found.slice(4).map((text) => new Uint8Array(Buffer.from(text, 'base64')));
  const isSane =
    memory >= 8 * parallelism &&
    memory <= MEMORY_KIB_MAX &&
    passes >= 1 &&
    passes <= PASSES_MAX &&
    parallelism >= 1 &&
    parallelism <= LANES_MAX;
  return isSane ? { memory, passes, parallelism, nonce, tag } : undefined;
}

function derive(password: string, kept: KeptPassword): Promise<Uint8Array> {
  const { memory, passes, parallelism, nonce } = kept;
  const parameters: Argon2Parameters = {
    message: password,
    nonce,
    memory,
    passes,
    parallelism,
    tagLength: TAG_SIZE,
  };
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  argon2('argon2id', parameters, (error, tag) => (error === null ? resolve(tag) : reject(error)));
  return promise;
}

function unpadded(octets: Uint8Array): string {
  return formatBase64(octets).replace(/=+$/, '');
}
