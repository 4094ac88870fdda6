/**
 * `holdfast sla transactions fetch`: what the register counted in a month goes into the ledger of a
 * running sidecar, one entry for each registrar. The event feed tells the same by itself; this is
 * for a ledger that missed it: one begun anew, or away for longer than the feed reaches back. The
 * newest entry of a registrar and month counts.
 */
import type { Command } from 'commander';
import { sumByVerb } from '#app/adapters/monthly-transactions.ts';
import { type AdminOption, openAdmin } from './admin-option.ts';
import type { CliContext } from './cli-context.ts';
import { askRegistry, registryPath } from './registry-group.ts';
import { addSidecarOptions } from './sidecar-option.ts';
import { enter } from './sla-enter.ts';
import { slaGroup } from './sla-group.ts';

interface Counted {
  transactions: { registrar: string; command: string; count: number }[];
}

export function registerSlaTransactionsFetch(program: Command, { stdout }: CliContext): void {
  const group = slaGroup(program, 'transactions', 'What registrars did');
  const command = group
    .command('fetch')
    .description('Enter what the register counted in a month')
    .requiredOption('--month <YYYY-MM>', 'month, UTC')
    .option('--author <name>', 'who enters it')
    .option('--json', 'print JSON')
    .option('--api <url>', "URL of the primary's admin API, as in http://127.0.0.1:8081")
    .option('--key-file <file>', 'file of its API key');
  addSidecarOptions(command, true).action(
    async (options: AdminOption & { month: string; author?: string }, own: Command) => {
      const { month, author } = options;
      const admin = await openAdmin(options);
      const path = `${registryPath('transactions')}?month=${encodeURIComponent(month)}`;
      const { transactions } = await askRegistry<Counted>(admin, 'GET', path);
      for (const [registrar, counts] of Map.groupBy(transactions, (each) => each.registrar)) {
        const commands = sumByVerb(counts);
        await enter(own, stdout, { kind: 'transactions', registrar, month, commands, author });
      }
    },
  );
}
