/**
 * The secrets of server cookies: from the operator's file, the same on all servers of an address,
 * or random and gone with the process. Rolling is the operator's, in three steps that each end in a
 * SIGHUP (docs/operations/run.md).
 */
import { readFile, stat } from 'node:fs/promises';
import type { NameserverConfiguration } from '#app/config/configuration.ts';
import type { ProcessParts } from '#app/running-process.ts';
import { CodedError, errorMessage } from '#base/coded-error.ts';
import {
  COOKIE_SECRET_SIZE,
  COOKIE_SECRETS_MAX,
  makeCookieSecrets,
  publishCookieSecrets,
} from '#dns/answer/cookie-secrets.ts';

const OTHERS_MODE = 0o077;

export class ConfiguredCookieSecrets {
  /** What the answer path reads; none where cookies are off. */
  readonly memory: SharedArrayBuffer | undefined;
  readonly #file: string | undefined;
  readonly #log: ProcessParts['log'];

  private constructor(
    memory: SharedArrayBuffer | undefined,
    file: string | undefined,
    log: ProcessParts['log'],
  ) {
    this.memory = memory;
    this.#file = file;
    this.#log = log;
  }

  /** @throws CodedError COOKIE_SECRETS for a file without usable secrets */
  static async open(
    { enabled, secretFile }: NameserverConfiguration['cookies'],
    { random, log }: ProcessParts,
  ): Promise<ConfiguredCookieSecrets> {
    if (!enabled) return new ConfiguredCookieSecrets(undefined, undefined, log);
    const secrets =
      secretFile === undefined
        ? [random.bytes(COOKIE_SECRET_SIZE)]
        : await readSecrets(secretFile, log);
    return new ConfiguredCookieSecrets(makeCookieSecrets(secrets), secretFile, log);
  }

  /** Takes over what the file holds now. A file that does not serve is logged, never thrown. */
  async reload(): Promise<void> {
    if (this.#file === undefined || this.memory === undefined) return;
    try {
      const secrets = await readSecrets(this.#file, this.#log);
      publishCookieSecrets(this.memory, secrets);
      this.#log.info({ file: this.#file, secrets: secrets.length }, 'cookie secrets in use');
    } catch (error) {
      this.#log.error(
        { reason: errorMessage(error) },
        'cookie secrets not changed; the old ones stay in use',
      );
    }
  }
}

async function readSecrets(file: string, log: ProcessParts['log']): Promise<Uint8Array[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
    if (((await stat(file)).mode & OTHERS_MODE) !== 0) {
      log.warn({ file }, 'others may read the cookie secrets: chmod 600 it');
    }
  } catch (error) {
    throw secretsError(`${file}: cannot be read: ${errorMessage(error)}`, error);
  }
  const lines = text.split('\n').map((line) => line.replace(/#.*/, '').trim());
  for (const [index, line] of lines.entries()) {
    if (line === '' || /^[0-9a-f]{32}$/i.test(line)) continue;
    throw secretsError(`${file}:${index + 1}:1: a secret is a line of 32 hexadecimal digits`);
  }
  const secrets = lines.filter((line) => line !== '');
  if (secrets.length === 0 || secrets.length > COOKIE_SECRETS_MAX) {
    throw secretsError(`${file}: has ${secrets.length} secrets; write 1 to ${COOKIE_SECRETS_MAX}`);
  }
  return secrets.map((secret) => Uint8Array.from(Buffer.from(secret, 'hex')));
}

function secretsError(message: string, cause?: unknown): CodedError {
  return new CodedError('COOKIE_SECRETS', message, { cause });
}
