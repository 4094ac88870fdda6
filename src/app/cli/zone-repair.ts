/** `holdfast zone repair NAME`: reads what the store has of a zone again, and repairs it. */
import type { Command } from 'commander';
import { type AdminOption, addAdminOptions, openAdmin } from './admin-option.ts';
import type { CliContext } from './cli-context.ts';
import { groupCommand } from './group-command.ts';
import { ownZonePath, readZoneName } from './zone-path.ts';

export function registerZoneRepair(program: Command, { stdout }: CliContext): void {
  const command = groupCommand(program, 'zone', 'Zones of a running server, over its admin API')
    .command('repair')
    .description('Repair the stored content of a zone from the mirror, another server or a backup')
    .argument('<name>', 'name of the zone');
  addAdminOptions(command).action(async (name: string, options: AdminOption) => {
    const zone = readZoneName(name);
    const admin = await openAdmin(options);
    const path = `${ownZonePath(zone)}/repair`;
    const { source } = await admin.json<{ source: string }>({ method: 'POST', path });
    const said = source === 'sound' ? 'as it must be' : `repaired from: ${source}`;
    stdout.write(`${zone} ${said}\n`);
  });
}
