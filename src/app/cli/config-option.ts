/** The `--config FILE` option, and what commands do with it. */
import type { Command } from 'commander';
import type { Configuration } from '#app/config/configuration.ts';
import { LOG_LEVEL_VARIABLE } from '#app/config/environment.ts';
import { loadConfiguration } from '#app/config/load-configuration.ts';
import { UsageError } from '#base/coded-error.ts';
import { LOG_LEVELS, type Log, type LogLevel, openLog } from '#base/log.ts';
import type { CliContext } from './cli-context.ts';

/** What `up` and the commands over the admin API read where none is named. */
export const CONFIG_DEFAULT = 'config/holdfast.yaml';

export interface ConfigOption {
  config: string;
}

export function addConfigOption(command: Command): Command {
  return command.requiredOption('--config <file>', 'configuration file');
}

/**
 * The configuration, and a log at its level or the environment's.
 * @throws UsageError for a level that there is not
 */
export async function openConfigured(
  name: string,
  { config }: ConfigOption,
  { environment }: CliContext,
): Promise<{ configuration: Configuration; log: Log }> {
  const wished = readLevel(environment.logLevel);
  const configuration = await loadConfiguration(config);
  return { configuration, log: openLog(name, wished ?? configuration.log.level) };
}

function readLevel(said: string | undefined): LogLevel | undefined {
  const level = LOG_LEVELS.find((each) => each === said);
  if (level !== undefined || said === undefined) return level;
  throw new UsageError(`${LOG_LEVEL_VARIABLE}=${said}: write one of ${LOG_LEVELS.join(', ')}`);
}
