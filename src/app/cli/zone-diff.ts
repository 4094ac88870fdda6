/**
 * `holdfast zone diff NAME [FROM [TO]]`: the records that went and came between two versions of a
 * zone (the last change where none is named), or between the zone and a master file.
 */
import type { Command } from 'commander';
import { UsageError } from '#base/coded-error.ts';
import { type AdminOption, addAdminOptions, openAdmin } from './admin-option.ts';
import type { CliContext } from './cli-context.ts';
import { groupCommand } from './group-command.ts';
import { type DiffAnswer, printDiff, printJson } from './zone-answers.ts';
import { compareContents, fetchContent, loadEdited } from './zone-content.ts';
import { ownZonePath, readWholeNumber, readZoneName } from './zone-path.ts';

type DiffOption = AdminOption & { json?: true };

export function registerZoneDiff(program: Command, { stdout }: CliContext): void {
  const command = groupCommand(program, 'zone', 'Zones of a running server, over its admin API')
    .command('diff')
    .description('Show what changed between two versions of a zone, or against a file')
    .argument('<name>', 'name of the zone')
    .argument('[from]', 'version, or a master file (./12 for one of that name)')
    .argument('[to]', 'version; the newest where left out')
    .option('--json', 'print JSON');
  const act = async (
    name: string,
    from: string | undefined,
    to: string | undefined,
    options: DiffOption,
  ): Promise<void> => {
    const zone = readZoneName(name);
    const isFile = from !== undefined && !/^\d+$/.test(from);
    if (isFile && to !== undefined) {
      throw new UsageError(`${from} is no version; a file is compared with the zone as it is`);
    }
    const diff = isFile
      ? await diffWithFile(zone, from, options)
      : await diffVersions(zone, from, to, options);
    if (options.json) printJson(stdout, diff);
    else printDiff(stdout, diff);
  };
  addAdminOptions(command).action(act);
}

async function diffVersions(
  zone: string,
  from: string | undefined,
  to: string | undefined,
  options: DiffOption,
): Promise<DiffAnswer> {
  const query = new URLSearchParams();
  if (from !== undefined) query.set('from', String(readWholeNumber('from', from)));
  if (to !== undefined) query.set('to', String(readWholeNumber('to', to)));
  const admin = await openAdmin(options);
  const path = `${ownZonePath(zone)}/diff?${query.toString()}`;
  return admin.json<DiffAnswer>({ method: 'GET', path });
}

/** From the zone to the file. */
async function diffWithFile(zone: string, file: string, options: DiffOption): Promise<DiffAnswer> {
  const edited = await loadEdited(file, zone);
  const { rrsets } = await fetchContent(await openAdmin(options), zone);
  const { removed, added } = compareContents(rrsets, edited);
  return { removed, added, omitted: 0 };
}
