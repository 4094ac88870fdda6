/** `holdfast backup now`: a verified snapshot of the running server in every location. */
import type { Command } from 'commander';
import { CodedError } from '#base/coded-error.ts';
import { type AdminOption, addAdminOptions, openAdmin } from './admin-option.ts';
import { BACKUPS_PATH, type BackupRun, outcomeOf } from './backup-answers.ts';
import type { CliContext } from './cli-context.ts';
import { groupCommand } from './group-command.ts';
import { formatTable } from './table.ts';

/** Some location has no good copy; the others have. */
class BackupPartialError extends CodedError {
  constructor(locations: readonly string[]) {
    super('BACKUP_PARTIAL', `no good copy in ${locations.join(', ')}; see the messages above`);
  }
}

type Options = AdminOption & { incremental?: true; json?: true };

export function registerBackupNow(program: Command, { stdout, stderr }: CliContext): void {
  const command = groupCommand(program, 'backup', 'Backups of a running server')
    .command('now')
    .description('Back up to every location and verify each copy')
    .option('--incremental', 'only what changed since the last backup of each location')
    .option('--json', 'print JSON');
  addAdminOptions(command).action(async (options: Options) => {
    const admin = await openAdmin(options);
    const run = await admin.json<BackupRun>({
      method: 'POST',
      path: BACKUPS_PATH,
      body: JSON.stringify({ kind: options.incremental ? 'incremental' : 'full' }),
    });
    const rows = run.locations.map((copy) => [
      copy.location,
      copy.kind ?? '',
      outcomeOf(copy),
      copy.message ?? '',
    ]);
    stdout.write(
      options.json
        ? `${JSON.stringify(run, undefined, 2)}\n`
        : `${run.id}\n${formatTable(['location', 'kind', 'outcome', 'message'], rows)}`,
    );
    for (const { path, reason } of run.leftOut) {
      stderr.write(`${path} is not in the backup: ${reason}\n`);
    }
    const bad = run.locations.filter((copy) => outcomeOf(copy) !== 'verified');
    if (bad.length > 0) throw new BackupPartialError(bad.map(({ location }) => location));
  });
}
