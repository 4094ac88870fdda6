/**
 * What is in the register and what happened there: `holdfast registry show`, `transactions` and
 * `journal`, and `announce`, which tells all registrars of maintenance.
 */
import type { Command } from 'commander';
import { UsageError } from '#base/coded-error.ts';
import { type AdminOption, addAdminOptions, openAdmin } from './admin-option.ts';
import type { CliContext } from './cli-context.ts';
import { addSpanOptions, printJournal, type SpanOption } from './journal-export.ts';
import { askRegistry, formatJson, registryCommand, registryPath } from './registry-group.ts';
import { collect } from './repeated-option.ts';
import { formatTable } from './table.ts';

const OBJECTS: ReadonlyMap<string, string> = new Map([
  ['domain', 'domains'],
  ['host', 'hosts'],
  ['contact', 'contacts'],
]);

interface Transaction {
  registrar: string;
  tld: string;
  command: string;
  count: number;
}

export function registerRegistryRecords(program: Command, context: CliContext): void {
  registerShow(program, context);
  registerTransactions(program, context);
  registerJournal(program, context);
  registerAnnounce(program, context);
}

function registerShow(program: Command, { stdout }: CliContext): void {
  const show = registryCommand(program)
    .command('show')
    .description('Print an object of the register')
    .argument('<type>', 'domain, host or contact')
    .argument('<key>', 'its name or id');
  addAdminOptions(show).action(async (type: string, key: string, options: AdminOption) => {
    const plural = OBJECTS.get(type);
    if (plural === undefined) throw new UsageError(`${type}: write domain, host or contact`);
    const admin = await openAdmin(options);
    stdout.write(formatJson(await askRegistry(admin, 'GET', registryPath(plural, key))));
  });
}

function registerTransactions(program: Command, { stdout, clock }: CliContext): void {
  const command = registryCommand(program)
    .command('transactions')
    .description('What registrars did in a month, by TLD and command')
    .option('--month <month>', 'as 2026-11, UTC (default: this one)')
    .option('--json', 'print JSON');
  addAdminOptions(command).action(
    async (options: AdminOption & { month?: string; json?: true }) => {
      const month = options.month ?? new Date(clock.nowMs()).toISOString().slice(0, 7);
      const admin = await openAdmin(options);
      const path = `${registryPath('transactions')}?month=${encodeURIComponent(month)}`;
      const answer = await askRegistry<{ transactions: Transaction[] }>(admin, 'GET', path);
      const rows = answer.transactions.map(({ registrar, tld, command: name, count }) => [
        registrar,
        tld,
        name,
        String(count),
      ]);
      const head = ['registrar', 'tld', 'command', 'count'];
      stdout.write(options.json ? formatJson(answer) : formatTable(head, rows));
    },
  );
}

function registerJournal(program: Command, { stdout }: CliContext): void {
  const command = registryCommand(program)
    .command('journal')
    .description('Print who changed what in the register as NDJSON, oldest first')
    .option('--after <sequence>', 'from the command behind this one (default: the oldest kept)');
  addSpanOptions(command).action((options: SpanOption & { after?: string }) => {
    const { after } = options;
    const more = { ...(after !== undefined && { after }) };
    return printJournal(registryPath('journal', 'export'), options, more, stdout);
  });
}

interface AnnounceOption extends AdminOption {
  system: string[];
  from: string;
  to: string;
  description: string;
  tld?: string[];
  emergency?: true;
  id?: string;
  operation?: string;
}

function registerAnnounce(program: Command, { stdout }: CliContext): void {
  const command = registryCommand(program)
    .command('announce')
    .description('Tell all registrars of maintenance (RFC 9167)')
    .requiredOption('--system <name=impact>', 'as EPP=full; full, partial or none', collect)
    .requiredOption('--from <time>', 'RFC 3339, as 2026-12-01T02:00:00Z')
    .requiredOption('--to <time>', 'RFC 3339')
    .requiredOption('--description <text>', 'what is done')
    .option('--tld <tld>', 'that it is about (default: all); repeatable', collect)
    .option('--emergency', 'not planned')
    .option('--operation <what>', 'create, update, delete, courtesy or end (default: create)')
    .option('--id <id>', 'of the notice, for all but create');
  addAdminOptions(command).action(async (options: AnnounceOption) => {
    const { system, from, to, description, tld, emergency, id, operation } = options;
    const body = {
      systems: system.map(readSystem),
      from,
      to,
      description,
      ...(tld && { tlds: tld }),
      ...(emergency && { reason: 'emergency' }),
      ...(id !== undefined && { id }),
      ...(operation !== undefined && { operation }),
    };
    const admin = await openAdmin(options);
    const path = registryPath('maintenances');
    const answer = await askRegistry<{ notice: { id: string }; registrars: number }>(
      admin,
      'POST',
      path,
      body,
    );
    stdout.write(`${answer.notice.id}: ${answer.registrars} registrars are told\n`);
  });
}

function readSystem(text: string): { name: string; impact: string } {
  const found = /^(.+)=(full|partial|none)$/.exec(text);
  if (found === null) throw new UsageError(`--system ${text}: write it as EPP=full`);
  return { name: found[1] ?? '', impact: found[2] ?? '' };
}
