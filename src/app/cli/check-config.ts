/** `holdfast check config FILE`: says every error of it and its `servers`, and changes nothing. */
import type { Command } from 'commander';
import { checkServers, loadConfiguration } from '#app/config/load-configuration.ts';
import type { CliContext } from './cli-context.ts';
import { groupCommand } from './group-command.ts';

export function registerCheckConfig(program: Command, { stdout }: CliContext): void {
  groupCommand(program, 'check', 'Say every error, change nothing')
    .command('config')
    .description('Check a configuration file')
    .argument('<file>', 'configuration file')
    .action(async (file: string) => {
      await checkServers(await loadConfiguration(file));
      stdout.write(`${file}: ok\n`);
    });
}
