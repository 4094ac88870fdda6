/**
 * `holdfast journal export`: who changed what in any zone, for auditors, as NDJSON on standard
 * output; and the options and the printing that the register's journal shares with it.
 */
import type { Command } from 'commander';
import { formatInstant } from '#base/clock.ts';
import { type AdminOption, addAdminOptions, openAdmin } from './admin-option.ts';
import type { CliContext } from './cli-context.ts';
import { parseInstantOption } from './evidence-option.ts';
import { groupCommand } from './group-command.ts';
import { printAnswer } from './print-answer.ts';

export interface SpanOption extends AdminOption {
  from?: string;
  to?: string;
}

export function registerJournalExport(program: Command, { stdout }: CliContext): void {
  const command = groupCommand(program, 'journal', 'The journal of a running server')
    .command('export')
    .description('Print every change of any zone as NDJSON, oldest first');
  addSpanOptions(command).action((options: SpanOption) =>
    printJournal('/api/holdfast/v1/journal', options, {}, stdout),
  );
}

/** `--from` and `--to`, and which server. */
export function addSpanOptions(command: Command): Command {
  command
    .option('--from <instant>', 'begin here, as in 2026-11-22T00:00:00Z (default: the oldest)')
    .option('--to <instant>', 'end before this (default: the newest)');
  return addAdminOptions(command);
}

/**
 * Copies a journal to standard output as the server sends it.
 * @param more of the query, beside the span
 * @throws UsageError, AdminRefusedError
 */
export async function printJournal(
  journal: string,
  options: SpanOption,
  more: Readonly<Record<string, string>>,
  stdout: CliContext['stdout'],
): Promise<void> {
  const query = new URLSearchParams({ ...spanQuery(options), ...more });
  const path = query.size === 0 ? journal : `${journal}?${query.toString()}`;
  const admin = await openAdmin(options);
  await printAnswer(admin, { method: 'GET', path, accept: 'application/x-ndjson' }, stdout);
}

function spanQuery({ from, to }: SpanOption): Record<string, string> {
  return {
    ...(from !== undefined && { from: formatInstant(parseInstantOption('--from', from)) }),
    ...(to !== undefined && { to: formatInstant(parseInstantOption('--to', to)) }),
  };
}
