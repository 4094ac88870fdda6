/** `holdfast journal export`: who changed what, for auditors, as NDJSON on standard output. */
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { formatInstant } from '#base/clock.ts';
import { refusal } from './admin-client.ts';
import { type AdminOption, addAdminOptions, openAdmin } from './admin-option.ts';
import type { CliContext } from './cli-context.ts';
import { copyText } from './copy-text.ts';
import { parseInstantOption } from './evidence-option.ts';
import { groupCommand } from './group-command.ts';

interface SpanOption extends AdminOption {
  from?: string;
  to?: string;
}

export function registerJournalExport(program: Command, { stdout }: CliContext): void {
  const command = groupCommand(program, 'journal', 'The journal of a running server')
    .command('export')
    .description('Print every change of any zone as NDJSON, oldest first')
    .option('--from <instant>', 'begin here, as in 2026-11-22T00:00:00Z (default: the oldest)')
    .option('--to <instant>', 'end before this (default: the newest)');
  addAdminOptions(command).action(async (options: SpanOption) => {
    const path = `/api/holdfast/v1/journal${spanQuery(options)}`;
    const admin = await openAdmin(options);
    const request = { method: 'GET', path, accept: 'application/x-ndjson' } as const;
    const answer = await admin.send(request);
    if (answer.statusCode !== 200) {
      throw refusal(request, answer.statusCode ?? 0, await text(answer));
    }
    await copyText(answer, stdout);
  });
}

function spanQuery({ from, to }: SpanOption): string {
  const query = new URLSearchParams();
  if (from !== undefined) query.set('from', formatInstant(parseInstantOption('--from', from)));
  if (to !== undefined) query.set('to', formatInstant(parseInstantOption('--to', to)));
  return query.size === 0 ? '' : `?${query.toString()}`;
}
