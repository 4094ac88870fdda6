/** `holdfast serve`: one name server with its admin API and metrics. */
import type { Command } from 'commander';
import type { CliContext } from './cli-context.ts';
import { addConfigOption, type ConfigOption, openConfigured } from './config-option.ts';
import { runProcess } from './run-process.ts';

export function registerServe(program: Command, context: CliContext): void {
  const command = program.command('serve').description('Run a name server with its admin API');
  addConfigOption(command).action(async (options: ConfigOption) => {
    const { configuration, log } = await openConfigured('serve', options, context);
    const { clock, random, environment } = context;
    // Loaded here, so that the other commands do not pay for a server's code.
    const { startServe } = await import('#app/serve-process.ts');
    const { inheritedCount } = environment;
    const start = () =>
      startServe({ configuration, inheritedCount }, { log, clock, random }).catch(
        async (error: unknown) => {
          const { explainDamage } = await import('#app/damaged-store.ts');
          throw await explainDamage(error, configuration);
        },
      );
    await runProcess(start, { log, isSupervised: environment.isSupervised });
  });
}
