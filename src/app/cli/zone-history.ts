/** `holdfast zone history NAME`: its versions, newest first; `--json` for scripts. */
import type { Command } from 'commander';
import { type AdminOption, addAdminOptions, openAdmin } from './admin-option.ts';
import type { CliContext } from './cli-context.ts';
import { groupCommand } from './group-command.ts';
import { formatTable } from './table.ts';
import { printJson, type VersionAnswer } from './zone-answers.ts';
import { ownZonePath, readWholeNumber, readZoneName } from './zone-path.ts';

interface HistoryOption extends AdminOption {
  before?: string;
  limit: string;
  json?: true;
}

const HEAD = ['version', 'at', 'what', 'serial', 'RRsets', 'who', 'door', 'from', 'receipt'];

export function registerZoneHistory(program: Command, { stdout }: CliContext): void {
  const command = groupCommand(program, 'zone', 'Zones of a running server, over its admin API')
    .command('history')
    .description('List the versions of a zone, newest first')
    .argument('<name>', 'name of the zone')
    .option('--before <version>', 'only versions before this one')
    .option('--limit <count>', 'at most so many', '20')
    .option('--json', 'print JSON');
  addAdminOptions(command).action(async (name: string, options: HistoryOption) => {
    const zone = readZoneName(name);
    const limit = readWholeNumber('--limit', options.limit);
    const before =
      options.before === undefined ? '' : `&before=${readWholeNumber('--before', options.before)}`;
    const admin = await openAdmin(options);
    const path = `${ownZonePath(zone)}/history?limit=${limit}${before}`;
    const { versions } = await admin.json<{ versions: VersionAnswer[] }>({ method: 'GET', path });
    if (options.json) printJson(stdout, versions);
    else stdout.write(formatTable(HEAD, versions.map(rowOf)));
  });
}

function rowOf(entry: VersionAnswer): string[] {
  const { version, at, kind, oldSerial, newSerial, edits, actor, source, address } = entry;
  const serials = [...new Set([oldSerial, newSerial])].filter((serial) => serial !== null);
  return [
    String(version),
    at,
    kind,
    serials.join(' -> '),
    String(edits),
    actor,
    source,
    address ?? '-',
    entry.receipt,
  ];
}
