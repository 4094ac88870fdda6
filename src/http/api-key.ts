/**
 * The admin key: one static secret with full power, kept in a file that only its owner can read.
 * It is made at the first start. The key is random, so a plain SHA-256 is enough to compare in
 * constant time; a slow hash would only help a password.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeFileAtomic } from '#base/atomic-file.ts';
import { CodedError, errorCode, fileReason } from '#base/coded-error.ts';
import type { Random } from '#base/random.ts';

/** Octets of randomness in a key that we make. */
const KEY_SIZE = 32;

/** Says whether a text is the key, in a time that does not depend on the answer. */
export class ApiKey {
  readonly #digest: Uint8Array;

  constructor(key: string) {
    this.#digest = digestOf(key);
  }

  matches(text: string): boolean {
    return timingSafeEqual(digestOf(text), this.#digest);
  }
}

function digestOf(text: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(text, 'utf8').digest());
}

/** The file's key, for clients on the same machine. Raises HTTP_KEY_FILE. */
export async function readApiKey(path: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw keyFileError(path, fileReason(error), error);
  }
  const key = text.trim();
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw keyFileError(path, 'does not hold one line of printable ASCII without blanks');
  }
  return key;
}

/** What was found or made; `exposed` when others than the owner may read the file. */
export interface ApiKeyFile {
  key: ApiKey;
  made: boolean;
  exposed: boolean;
}

/**
 * Reads the key; makes the file (mode 0600) and its folder where missing.
 * Raises HTTP_KEY_FILE.
 */
export async function loadApiKey(path: string, random: Random): Promise<ApiKeyFile> {
  let made = false;
  if (!(await exists(path))) {
    const key = Buffer.from(random.bytes(KEY_SIZE)).toString('base64url');
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeFileAtomic(path, `${key}\n`, 0o600);
    } catch (error) {
      throw keyFileError(path, fileReason(error), error);
    }
    made = true;
  }
  const key = new ApiKey(await readApiKey(path));
  const { mode } = await stat(path);
  return { key, made, exposed: (mode & 0o077) !== 0 };
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw keyFileError(path, fileReason(error), error);
  }
}

function keyFileError(path: string, why: string, cause?: unknown): CodedError {
  return new CodedError(
    'HTTP_KEY_FILE',
    `${path}: cannot use this API key file: ${why}; name the one that the server made at its ` +
      'first start, or remove it and start the server to have one made',
    { cause },
  );
}
