/** `holdfast backup verify`: reads copies back and checks every octet. */
import type { Command } from 'commander';
import { CodedError } from '#base/coded-error.ts';
import { type AdminOption, addAdminOptions, openAdmin } from './admin-option.ts';
import { BACKUPS_PATH, type BackupVerification } from './backup-answers.ts';
import type { CliContext } from './cli-context.ts';
import { groupCommand } from './group-command.ts';
import { formatTable } from './table.ts';

/** A copy that was read back is not what was written. */
class BackupDamagedError extends CodedError {
  constructor(copies: readonly string[]) {
    super('BACKUP_COPY_DAMAGED', `damaged: ${copies.join(', ')}; run "holdfast backup now"`);
  }
}

type Options = AdminOption & { id?: string; location?: string; json?: true };

export function registerBackupVerify(program: Command, { stdout }: CliContext): void {
  const command = groupCommand(program, 'backup', 'Backups of a running server')
    .command('verify')
    .description('Read the newest backup back, or the one named, and check it')
    .option('--id <id>', 'the backup to check')
    .option('--location <name>', 'the location to check (default: all)')
    .option('--json', 'print JSON');
  addAdminOptions(command).action(async ({ id, location, json, ...options }: Options) => {
    const admin = await openAdmin(options);
    const { backups } = await admin.json<{ backups: BackupVerification[] }>({
      method: 'POST',
      path: `${BACKUPS_PATH}/verify`,
      body: JSON.stringify({ id, location }),
    });
    const rows = backups.map((copy) => [
      copy.id,
      copy.location,
      copy.good ? 'good' : 'damaged',
      copy.message ?? '',
    ]);
    stdout.write(
      json
        ? `${JSON.stringify(backups, undefined, 2)}\n`
        : formatTable(['backup', 'location', 'outcome', 'message'], rows),
    );
    const bad = backups.filter(({ good }) => !good);
    if (bad.length > 0) {
      throw new BackupDamagedError(bad.map((copy) => `${copy.id} in ${copy.location}`));
    }
  });
}
