/** `holdfast tsig show NAME`: one key of a server with its secret, as the other end reads it. */
import type { Command } from 'commander';
import { type AdminOption, addAdminOptions, openAdmin } from './admin-option.ts';
import type { CliContext } from './cli-context.ts';
import {
  formatKeyJson,
  keyOfAnswer,
  readKeyName,
  type TsigKeyAnswer,
  tsigCommand,
  tsigKeyPath,
} from './tsig-option.ts';
import { formatKeyClause } from './tsig-text.ts';

export function registerTsigShow(program: Command, { stdout }: CliContext): void {
  const command = tsigCommand(program)
    .command('show')
    .description('Print a key with its secret, for BIND, dig -k and nsupdate -k')
    .argument('<name>', 'name of the key')
    .option('--json', 'print JSON');
  addAdminOptions(command).action(async (text: string, options: AdminOption & { json?: true }) => {
    const path = tsigKeyPath(readKeyName(text));
    const admin = await openAdmin(options);
    const key = keyOfAnswer(await admin.json<TsigKeyAnswer>({ method: 'GET', path }));
    stdout.write(options.json ? formatKeyJson(key) : formatKeyClause(key));
  });
}
