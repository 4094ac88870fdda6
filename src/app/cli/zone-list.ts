/** `holdfast zone list`: name, serial and kind of every zone; `--json` for scripts. */
import type { Command } from 'commander';
import { type AdminOption, addAdminOptions, openAdmin } from './admin-option.ts';
import type { CliContext } from './cli-context.ts';
import { groupCommand } from './group-command.ts';
import { formatTable } from './table.ts';

interface ListedZone {
  name: string;
  serial: number;
  kind: string;
}

export function registerZoneList(program: Command, { stdout }: CliContext): void {
  const command = groupCommand(program, 'zone', 'Zones of a running server, over its admin API')
    .command('list')
    .description('List all zones')
    .option('--json', 'print JSON');
  addAdminOptions(command).action(async (options: AdminOption & { json?: true }) => {
    const admin = await openAdmin(options);
    const path = '/api/v1/servers/localhost/zones';
    const zones = await admin.json<ListedZone[]>({ method: 'GET', path });
    const listed = zones.map(({ name, serial, kind }) => ({ name, serial, kind }));
    const rows = listed.map(({ name, serial, kind }) => [name, String(serial), kind]);
    stdout.write(
      options.json
        ? `${JSON.stringify(listed, undefined, 2)}\n`
        : formatTable(['zone', 'serial', 'kind'], rows),
    );
  });
}
