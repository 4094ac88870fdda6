/** The `--config FILE` option, and what commands do with it. */
import type { Command } from 'commander';
import type { Configuration } from '#app/config/configuration.ts';
import { loadConfiguration } from '#app/config/load-configuration.ts';
import { type Log, openLog } from '#base/log.ts';
import type { CliContext } from './cli-context.ts';

/** What `up` and the commands over the admin API read where none is named. */
export const CONFIG_DEFAULT = 'config/holdfast.yaml';

export interface ConfigOption {
  config: string;
}

export function addConfigOption(command: Command): Command {
  return command.requiredOption('--config <file>', 'configuration file');
}

/** The configuration, and a log at its level or the environment's. */
export async function openConfigured(
  name: string,
  { config }: ConfigOption,
  { environment }: CliContext,
): Promise<{ configuration: Configuration; log: Log }> {
  const configuration = await loadConfiguration(config);
  const log = openLog(name, environment.logLevel ?? configuration.log.level);
  return { configuration, log };
}
