/** `holdfast sla verify --ledger DIR`: checks the hash chain; the first break is said by place. */
import type { Command } from 'commander';
import { LedgerUnreadableError } from '#sla/ledger/ledger-error.ts';
import { verifyLedger } from '#sla/ledger/verify-ledger.ts';
import type { CliContext } from './cli-context.ts';
import { groupCommand } from './group-command.ts';
import { formatTable } from './table.ts';

export function registerSlaVerify(program: Command, { stdout, stderr }: CliContext): void {
  groupCommand(program, 'sla', 'The sidecar, and what can be recomputed from its evidence')
    .command('verify')
    .description('Check the hash chain of a ledger')
    .requiredOption('--ledger <folder>', 'the ledger')
    .option('--json', 'print JSON')
    .action(async (options: { ledger: string; json?: true }) => {
      const verified = await verifyLedger(options.ledger);
      const { days, head, lines, torn } = verified;
      // An auditor who named the wrong folder must not read that its chain holds.
      if (days.length === 0 && torn === undefined) {
        throw new LedgerUnreadableError(
          options.ledger,
          'it holds no day yet; is it the right one?',
        );
      }
      if (torn !== undefined) {
        const what = `torn last line of ${torn.size} octets, not part of the ledger`;
        stderr.write(`${torn.file}:${torn.line}: ${what}\n`);
      }
      if (options.json) {
        stdout.write(
          `${JSON.stringify({ lines, head, days, torn: torn ?? null }, undefined, 2)}\n`,
        );
        return;
      }
      const rows = days.map((day) => [day.day, String(day.lines), day.digest]);
      stdout.write(formatTable(['day', 'lines', 'sha256'], rows));
      stdout.write(`${options.ledger}: the chain holds, ${lines} lines, head ${head}\n`);
    });
}
