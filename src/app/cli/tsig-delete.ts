/** `holdfast tsig delete NAME`: a server knows a key no more that was made over its API. */
import type { Command } from 'commander';
import { type AdminOption, addAdminOptions, openAdmin } from './admin-option.ts';
import type { CliContext } from './cli-context.ts';
import { readKeyName, tsigCommand, tsigKeyPath } from './tsig-option.ts';

export function registerTsigDelete(program: Command, { stdout }: CliContext): void {
  const command = tsigCommand(program)
    .command('delete')
    .description('Take a key from a server; those of its configuration are removed there')
    .argument('<name>', 'name of the key');
  addAdminOptions(command).action(async (text: string, options: AdminOption) => {
    const name = readKeyName(text);
    const admin = await openAdmin(options);
    await admin.json({ method: 'DELETE', path: tsigKeyPath(name) });
    stdout.write(`${name}: deleted\n`);
  });
}
