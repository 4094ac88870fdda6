/** `holdfast rdds`: WHOIS and RDAP, from a replica of the register. */
import type { Command } from 'commander';
import type { CliContext } from './cli-context.ts';
import { addConfigOption, type ConfigOption, openConfigured } from './config-option.ts';
import { runProcess } from './run-process.ts';

export function registerRdds(program: Command, context: CliContext): void {
  const command = program.command('rdds').description('Run WHOIS and RDAP, from a replica');
  addConfigOption(command).action(async (options: ConfigOption) => {
    const { configuration, log } = await openConfigured('rdds', options, context);
    const { clock, random, environment } = context;
    const { startRdds } = await import('#app/rdds-process.ts');
    const start = () => startRdds({ configuration }, { log, clock, random });
    await runProcess(start, { log, isSupervised: environment.isSupervised });
  });
}
