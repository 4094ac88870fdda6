/** `holdfast backup list`: every copy in every location. */
import type { Command } from 'commander';
import { type AdminOption, addAdminOptions, openAdmin } from './admin-option.ts';
import { BACKUPS_PATH, type BackupList } from './backup-answers.ts';
import type { CliContext } from './cli-context.ts';
import { groupCommand } from './group-command.ts';
import { formatTable } from './table.ts';

export function registerBackupList(program: Command, { stdout, stderr }: CliContext): void {
  const command = groupCommand(program, 'backup', 'Backups of a running server')
    .command('list')
    .description('List the backups in every location')
    .option('--json', 'print JSON');
  addAdminOptions(command).action(async (options: AdminOption & { json?: true }) => {
    const admin = await openAdmin(options);
    const request = { method: 'GET', path: BACKUPS_PATH } as const;
    const { backups, unreadable } = await admin.json<BackupList>(request);
    for (const { location, message } of unreadable) stderr.write(`${location}: ${message}\n`);
    const rows = backups.map(({ id, kind, location, sizeBytes }) => [
      id,
      kind,
      location,
      String(sizeBytes),
    ]);
    stdout.write(
      options.json
        ? `${JSON.stringify(backups, undefined, 2)}\n`
        : formatTable(['backup', 'kind', 'location', 'octets'], rows),
    );
  });
}
