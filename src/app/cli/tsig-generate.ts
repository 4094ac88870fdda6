/**
 * `holdfast tsig generate NAME`: a new key, made here and asked of nobody, as text for both ends.
 * The secret goes to a file with `--secret-file`, or is printed.
 */
import { type Command, Option } from 'commander';
import { formatBase64 } from '#base/bytes.ts';
import { generateTsigSecret } from '#dns/tsig/tsig-key.ts';
import type { CliContext } from './cli-context.ts';
import {
  addAlgorithmOption,
  formatKeyJson,
  readAlgorithm,
  readKeyName,
  tsigCommand,
} from './tsig-option.ts';
import { writeSecretFile } from './tsig-secret-file.ts';
import { formatConfiguredKey, formatKeyClause } from './tsig-text.ts';

interface GenerateOption {
  algorithm: string;
  secretFile?: string;
  clause?: true;
  json?: true;
}

export function registerTsigGenerate(program: Command, { stdout, random }: CliContext): void {
  const command = tsigCommand(program)
    .command('generate')
    .description('Make a key and print it for the configurations of both ends')
    .argument('<name>', 'its name, the same at both ends')
    .option('--secret-file <file>', 'new file that the secret is written to, mode 0600')
    .option('--clause', 'print the key clause alone, for BIND, dig -k and nsupdate -k')
    .addOption(new Option('--json', 'print JSON').conflicts('clause'));
  addAlgorithmOption(command).action(async (text: string, options: GenerateOption) => {
    const name = readKeyName(text);
    const algorithm = readAlgorithm(options.algorithm);
    const { secretFile } = options;
    const secret = formatBase64(generateTsigSecret(algorithm, random));
    const key = { name, algorithm, secret };
    if (secretFile !== undefined) await writeSecretFile(secretFile, secret);
    if (options.json) stdout.write(formatKeyJson(key));
    else if (options.clause) stdout.write(formatKeyClause(key));
    else {
      const file = secretFile ?? `${fileStem(name)}.key`;
      const isWritten = secretFile !== undefined;
      const holds = isWritten ? 'holds the secret' : `takes the line "${secret}", mode 0600`;
      stdout.write(`# The configuration of Holdfast; the file ${file} ${holds}:\n`);
      stdout.write(formatConfiguredKey(key, file));
      stdout.write('\n# The other end, as BIND, dig -k and nsupdate -k read it:\n');
      stdout.write(formatKeyClause(key));
    }
  });
}

/** Of a name, what is harmless in the name of a file. */
function fileStem(name: string): string {
  return name.replace(/\.$/, '').replaceAll(/[^a-z0-9._-]/g, '_') || 'root';
}
