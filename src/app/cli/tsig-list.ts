/** `holdfast tsig list`: name and algorithm of every key of a server; `--json` for scripts. */
import type { Command } from 'commander';
import { type AdminOption, addAdminOptions, openAdmin } from './admin-option.ts';
import type { CliContext } from './cli-context.ts';
import { formatTable } from './table.ts';
import { TSIG_KEYS_PATH, type TsigKeyAnswer, tsigCommand } from './tsig-option.ts';

export function registerTsigList(program: Command, { stdout }: CliContext): void {
  const command = tsigCommand(program)
    .command('list')
    .description('List the keys that a server knows, without their secrets')
    .option('--json', 'print JSON');
  addAdminOptions(command).action(async (options: AdminOption & { json?: true }) => {
    const admin = await openAdmin(options);
    const keys = await admin.json<TsigKeyAnswer[]>({ method: 'GET', path: TSIG_KEYS_PATH });
    const listed = keys.map(({ id, algorithm }) => ({ name: id, algorithm }));
    const rows = listed.map(({ name, algorithm }) => [name, algorithm]);
    stdout.write(
      options.json
        ? `${JSON.stringify(listed, undefined, 2)}\n`
        : formatTable(['key', 'algorithm'], rows),
    );
  });
}
