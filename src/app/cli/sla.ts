/**
 * `holdfast sla --config FILE`: the sidecar. The same word groups `sla score` and `sla verify`, so
 * `--config` is demanded here and not by the parser, which would demand it of those too.
 */
import type { Command } from 'commander';
import { UsageError } from '#base/coded-error.ts';
import type { CliContext } from './cli-context.ts';
import { type ConfigOption, openConfigured } from './config-option.ts';
import { groupCommand } from './group-command.ts';
import { runProcess } from './run-process.ts';

export function registerSla(program: Command, context: CliContext): void {
  groupCommand(program, 'sla', 'Run the sidecar that keeps the evidence and scores it')
    .option('--config <file>', 'configuration file')
    .action(async ({ config }: Partial<ConfigOption>) => {
      if (config === undefined) throw new UsageError('sla: name the configuration with --config');
      const { configuration, log } = await openConfigured('sla', { config }, context);
      const { clock, random, environment } = context;
      const { startSla } = await import('#app/sla-process.ts');
      const start = () => startSla({ configuration }, { log, clock, random });
      await runProcess(start, { log, isSupervised: environment.isSupervised });
    });
}
