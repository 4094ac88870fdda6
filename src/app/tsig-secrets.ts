/**
 * The secrets of the TSIG keys that the configuration names: one file a key, one line of base64.
 * All that is wrong with a file is said by its name and never with the secret.
 */
import { readFile, stat } from 'node:fs/promises';
import type { TsigKeySpec } from '#access/tsig-key-list.ts';
import { CodedError, errorMessage, fileReason } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import { parseTsigKey } from '#dns/tsig/tsig-key.ts';
import type { ConfiguredTsigKey } from './config/tsig-section.ts';

const OTHERS_MODE = 0o077;

/** @throws CodedError TSIG_SECRET_FILE for a file that is missing or holds no secret */
export async function readTsigKeys(
  configured: readonly ConfiguredTsigKey[],
  log: Log,
): Promise<TsigKeySpec[]> {
  const keys: TsigKeySpec[] = [];
  for (const { name, algorithm, secretFile, scope } of configured) {
    const secret = await readSecret(name, secretFile, log);
    try {
      keys.push({ ...parseTsigKey({ name, algorithm, secret }), ...(scope && { scope }) });
    } catch (error) {
      throw secretError(name, secretFile, errorMessage(error), error);
    }
  }
  return keys;
}

async function readSecret(name: string, file: string, log: Log): Promise<string> {
  try {
    const text = await readFile(file, 'utf8');
    if (((await stat(file)).mode & OTHERS_MODE) !== 0) {
      log.warn({ file, key: name }, 'others may read the secret of a TSIG key: chmod 600 it');
    }
    return text;
  } catch (error) {
    throw secretError(name, file, fileReason(error), error);
  }
}

function secretError(name: string, file: string, why: string, cause: unknown): CodedError {
  const remedy = 'write the secret in base64 there, the same as at the other end';
  return new CodedError(
    'TSIG_SECRET_FILE',
    `${file}: cannot use this as the secret of TSIG key '${name}': ${why}; ${remedy}`,
    { cause },
  );
}
