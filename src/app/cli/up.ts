/** `holdfast up`: everything on one machine, as children of this process. */
import type { Command } from 'commander';
import { checkServers } from '#app/config/load-configuration.ts';
import { startUp } from '#app/up-process.ts';
import type { CliContext } from './cli-context.ts';
import { CONFIG_DEFAULT, type ConfigOption, openConfigured } from './config-option.ts';
import { runProcess } from './run-process.ts';

export function registerUp(program: Command, context: CliContext): void {
  program
    .command('up')
    .description('Run every process of the configuration on this machine')
    .option('--config <file>', 'configuration file', CONFIG_DEFAULT)
    .action(async (options: ConfigOption) => {
      const { configuration, log } = await openConfigured('up', options, context);
      await checkServers(configuration);
      const { clock, random, environment } = context;
      const start = (stopping: AbortSignal) =>
        startUp({ configuration, stopping }, { log, clock, random });
      await runProcess(start, { log, isSupervised: environment.isSupervised });
    });
}
