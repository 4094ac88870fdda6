/** `holdfast probe`: one vantage point that runs the contract's tests. */
import type { Command } from 'commander';
import type { CliContext } from './cli-context.ts';
import { addConfigOption, type ConfigOption, openConfigured } from './config-option.ts';
import { runProcess } from './run-process.ts';

export function registerProbe(program: Command, context: CliContext): void {
  const command = program.command('probe').description('Run the probes of one vantage point');
  addConfigOption(command).action(async (options: ConfigOption) => {
    const { configuration, log } = await openConfigured('probe', options, context);
    const { clock, random, environment } = context;
    const { startProbe } = await import('#app/probe-process.ts');
    const start = () => startProbe({ configuration }, { log, clock, random });
    await runProcess(start, { log, isSupervised: environment.isSupervised });
  });
}
