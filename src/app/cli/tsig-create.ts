/**
 * `holdfast tsig create NAME`: gives a server a key, at once and without its configuration. The
 * secret is the server's to make, or that of a file; as an argument every user of the machine would
 * see it. Printed as the other end reads it.
 */
import type { Command } from 'commander';
import { type AdminOption, addAdminOptions, openAdmin } from './admin-option.ts';
import type { CliContext } from './cli-context.ts';
import {
  addAlgorithmOption,
  formatKeyJson,
  keyOfAnswer,
  readAlgorithm,
  readKeyName,
  TSIG_KEYS_PATH,
  type TsigKeyAnswer,
  tsigCommand,
} from './tsig-option.ts';
import { readSecretFile } from './tsig-secret-file.ts';
import { formatKeyClause } from './tsig-text.ts';

interface CreateOption extends AdminOption {
  algorithm: string;
  secretFile?: string;
  json?: true;
}

export function registerTsigCreate(program: Command, { stdout }: CliContext): void {
  const command = tsigCommand(program)
    .command('create')
    .description('Give a server a key, and print it for the other end')
    .argument('<name>', 'name of the key')
    .option('--secret-file <file>', 'file with its secret in base64 (default: a new secret)')
    .option('--json', 'print JSON');
  addAlgorithmOption(addAdminOptions(command)).action(
    async (text: string, options: CreateOption) => {
      const wanted = { name: readKeyName(text), algorithm: readAlgorithm(options.algorithm) };
      const { secretFile } = options;
      const secret =
        secretFile === undefined ? {} : { key: (await readSecretFile(secretFile, wanted)).secret };
      const admin = await openAdmin(options);
      const body = JSON.stringify({ ...wanted, ...secret });
      const request = { method: 'POST', path: TSIG_KEYS_PATH, body } as const;
      const key = keyOfAnswer(await admin.json<TsigKeyAnswer>(request));
      stdout.write(options.json ? formatKeyJson(key) : formatKeyClause(key));
    },
  );
}
