/** Files with the secret of a TSIG key: one line of base64, for its owner alone. */
import { readFile, writeFile } from 'node:fs/promises';
import { CodedError, errorCode, errorMessage, fileReason } from '#base/coded-error.ts';
import { parseTsigKey, type TsigKeyText } from '#dns/tsig/tsig-key.ts';

/**
 * The key whose secret is in the file.
 * @throws CodedError TSIG_SECRET_FILE
 */
export async function readSecretFile(
  file: string,
  key: Omit<TsigKeyText, 'secret'>,
): Promise<TsigKeyText> {
  let secret: string;
  try {
    secret = (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw secretFileError(file, fileReason(error), error);
  }
  try {
    parseTsigKey({ ...key, secret });
  } catch (error) {
    throw secretFileError(file, errorMessage(error), error);
  }
  return { ...key, secret };
}

/** Makes the file, mode 0600. @throws CodedError TSIG_SECRET_FILE, also when there is one */
export async function writeSecretFile(file: string, secret: string): Promise<void> {
  try {
    await writeFile(file, `${secret}\n`, { flag: 'wx', mode: 0o600, flush: true });
  } catch (error) {
    const isThere = errorCode(error) === 'EEXIST';
    const reason = isThere ? 'there is such a file; name a new one' : fileReason(error);
    throw secretFileError(file, reason, error);
  }
}

function secretFileError(file: string, reason: string, cause: unknown): CodedError {
  return new CodedError('TSIG_SECRET_FILE', `${file}: ${reason}`, { cause });
}
