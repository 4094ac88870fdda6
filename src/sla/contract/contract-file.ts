/**
 * Reading a contract from its YAML file. All errors are said at once, each with file, line, column
 * and the path of the key. The digest of the file's octets is kept, so that a verdict can name the
 * exact text that it was given under.
 */
import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { CodedError, FileError, fileReason } from '#base/coded-error.ts';
import { checkYaml } from '#base/yaml-file.ts';
import { type Contract, contractSchema } from './contract.ts';

/** A contract file cannot be read or breaks the schema; the message has one line per problem. */
export class ContractError extends CodedError {
  /** One for each problem; empty when the file could not be read at all. */
  readonly errors: readonly FileError[];

  constructor(message: string, errors: readonly FileError[], options?: ErrorOptions) {
    super('CONTRACT_INVALID', message, options);
    this.errors = errors;
  }
}

/** A contract, and the SHA-256 (hexadecimal) of the file that it was read from. */
export interface LoadedContract {
  contract: Contract;
  file: string;
  digest: string;
}

/** Raises ContractError with every problem of the file. */
export async function loadContract(file: string): Promise<LoadedContract> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new ContractError(
      `${file}: cannot be read: ${fileReason(error)}; name a contract file`,
      [],
      {
        cause: error,
      },
    );
  }
  return { contract: parseContract(text, file), file, digest: hash('sha256', text, 'hex') };
}

/** `file` is named in the errors only. Raises ContractError. */
export function parseContract(text: string, file: string): Contract {
  const result = checkYaml(text, file, contractSchema);
  if ('value' in result) return result.value;
  const errors = result.problems.map(
    ({ place, detail }) => new FileError('CONTRACT_INVALID', place, detail),
  );
  throw new ContractError(errors.map((error) => error.message).join('\n'), errors);
}
