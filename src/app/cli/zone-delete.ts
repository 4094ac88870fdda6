/** `holdfast zone delete NAME`: removes a zone from the server. */
import type { Command } from 'commander';
import { type AdminOption, addAdminOptions, openAdmin } from './admin-option.ts';
import type { CliContext } from './cli-context.ts';
import { groupCommand } from './group-command.ts';
import { powerdnsZonePath, readZoneName } from './zone-path.ts';

export function registerZoneDelete(program: Command, { stdout }: CliContext): void {
  const command = groupCommand(program, 'zone', 'Zones of a running server, over its admin API')
    .command('delete')
    .description('Delete a zone')
    .argument('<name>', 'name of the zone');
  addAdminOptions(command).action(async (name: string, options: AdminOption) => {
    const zone = readZoneName(name);
    const admin = await openAdmin(options);
    await admin.json({ method: 'DELETE', path: powerdnsZonePath(zone) });
    stdout.write(`${zone}: deleted\n`);
  });
}
