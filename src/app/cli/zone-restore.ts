/**
 * `holdfast zone restore NAME VERSION`: gives a zone the records of an earlier version, under a new
 * serial. `--dry-run` shows the difference and does nothing.
 */
import type { Command } from 'commander';
import { type AdminOption, addAdminOptions, openAdmin } from './admin-option.ts';
import type { CliContext } from './cli-context.ts';
import { groupCommand } from './group-command.ts';
import { changeText, printDiff, printJson, type ZoneChangeAnswer } from './zone-answers.ts';
import { ownZonePath, readWholeNumber, readZoneName } from './zone-path.ts';

type RestoreOption = AdminOption & { dryRun?: true; json?: true };

export function registerZoneRestore(program: Command, { stdout }: CliContext): void {
  const command = groupCommand(program, 'zone', 'Zones of a running server, over its admin API')
    .command('restore')
    .description('Give a zone the records of an earlier version')
    .argument('<name>', 'name of the zone')
    .argument('<version>', 'as "zone history" lists it')
    .option('--dry-run', 'show what would change, and change nothing')
    .option('--json', 'print JSON');
  const act = async (name: string, text: string, options: RestoreOption): Promise<void> => {
    const zone = readZoneName(name);
    const version = readWholeNumber('version', text);
    const admin = await openAdmin(options);
    const body = JSON.stringify({ version, dryRun: options.dryRun === true });
    const request = { method: 'POST', path: `${ownZonePath(zone)}/restore`, body } as const;
    const change = await admin.json<ZoneChangeAnswer>(request);
    if (options.json) {
      printJson(stdout, change);
      return;
    }
    printDiff(stdout, change.diff);
    const would = options.dryRun ? 'would be restored' : 'restored';
    stdout.write(
      change.changed
        ? `${zone}: ${would} to version ${version}, ${changeText(change)}\n`
        : `${zone}: is as version ${version} already\n`,
    );
  };
  addAdminOptions(command).action(act);
}
