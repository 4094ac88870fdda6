/** `holdfast zone export NAME`: the zone as a master file on standard output, streamed. */
import type { Command } from 'commander';
import { type AdminOption, addAdminOptions, openAdmin } from './admin-option.ts';
import type { CliContext } from './cli-context.ts';
import { groupCommand } from './group-command.ts';
import { printAnswer } from './print-answer.ts';
import { powerdnsZonePath, readZoneName } from './zone-path.ts';

export function registerZoneExport(program: Command, { stdout }: CliContext): void {
  const command = groupCommand(program, 'zone', 'Zones of a running server, over its admin API')
    .command('export')
    .description('Print a zone as a master file')
    .argument('<name>', 'name of the zone');
  addAdminOptions(command).action(async (name: string, options: AdminOption) => {
    const path = `${powerdnsZonePath(readZoneName(name))}/export`;
    const admin = await openAdmin(options);
    await printAnswer(admin, { method: 'GET', path, accept: 'text/plain' }, stdout);
  });
}
