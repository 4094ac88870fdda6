/**
 * `holdfast check zone FILE --origin NAME`: says everything that is wrong or doubtful in a master
 * file, as `FILE:LINE:COLUMN: message`, and ends with 1 if the zone would be refused.
 */
import { dirname } from 'node:path';
import type { Command } from 'commander';
import { parseName } from '#dns/wire/name.ts';
import { type Finding, formatFinding } from '#dns/zone/finding.ts';
import { loadZonefilePath } from '#dns/zonefile/load-zonefile.ts';
import type { CliContext } from './cli-context.ts';
import { groupCommand } from './group-command.ts';
import { FileRefusedError, fileErrorOf } from './refused-file.ts';
import { readZoneName } from './zone-path.ts';

export function registerCheckZone(program: Command, { stdout, stderr }: CliContext): void {
  groupCommand(program, 'check', 'Say every error, change nothing')
    .command('zone')
    .description('Check a master file')
    .argument('<file>', 'master file')
    .requiredOption('--origin <name>', 'name of the zone')
    .action(async (file: string, options: { origin: string }) => {
      const name = readZoneName(options.origin);
      const zone = await loadZonefilePath(file, {
        origin: parseName(name),
        includes: dirname(file),
      });
      for (const warning of zone.findings.filter((each) => !isError(each))) {
        stderr.write(`${formatFinding(warning)}\n`);
      }
      if (zone.omittedCount > 0) stderr.write(`${file}: ${zone.omittedCount} findings not shown\n`);
      if (zone.isRefused) {
        throw new FileRefusedError(
          zone.findings
            .filter(isError)
            .map(({ place, ...finding }) =>
              fileErrorOf(place?.file ?? file, { ...place, ...finding }),
            ),
        );
      }
      stdout.write(`${file}: ${name} ok\n`);
    });
}

function isError({ severity }: Finding): boolean {
  return severity === 'error';
}
