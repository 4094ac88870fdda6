/**
 * `holdfast sla forecast add`, `sla transactions add`, `sla claim add`: what registrars announce,
 * do and claim (registry 3.11, 3.4), as entries into the ledger of a running sidecar. The monthly
 * report is made of them.
 */
import type { Command } from 'commander';
import { UsageError } from '#base/coded-error.ts';
import type { CliContext } from './cli-context.ts';
import { addSidecarOptions } from './sidecar-option.ts';
import { enter } from './sla-enter.ts';
import { slaGroup } from './sla-group.ts';

export function registerSlaForecastAdd(program: Command, { stdout }: CliContext): void {
  const group = slaGroup(program, 'forecast', 'Volumes that registrars announce');
  const command = addRegistrar(group.command('add'))
    .description('Enter the volume that a registrar expects of a month')
    .requiredOption('--month <YYYY-MM>', 'month, UTC')
    .requiredOption('--transactions <count>', 'without check commands')
    .option('--at <time>', 'when it was announced, if that was before now (ISO 8601, UTC)');
  command.action(async (options: Record<string, string>, own: Command) => {
    const { registrar, month, at, author } = options;
    const transactions = readCount('--transactions', options['transactions'] ?? '');
    await enter(own, stdout, { kind: 'forecast', registrar, month, transactions, at, author });
  });
}

export function registerSlaTransactionsAdd(program: Command, { stdout }: CliContext): void {
  const group = slaGroup(program, 'transactions', 'What registrars did');
  const command = addRegistrar(group.command('add'))
    .description('Enter what a registrar did in a month, whole; the newest entry counts')
    .requiredOption('--month <YYYY-MM>', 'month, UTC')
    .requiredOption('--command <name=count>', 'as in create=120; may be repeated', collectCount);
  type Options = Record<'registrar' | 'month' | 'author', string> & {
    command: Record<string, number>;
  };
  command.action(async (options: Options, own: Command) => {
    const { registrar, month, command: commands, author } = options;
    await enter(own, stdout, { kind: 'transactions', registrar, month, commands, author });
  });
}

export function registerSlaClaimAdd(program: Command, { stdout }: CliContext): void {
  const group = slaGroup(program, 'claim', 'Credits that registrars want');
  const command = addRegistrar(group.command('add'))
    .description('Enter a claim for credits of one kind for one event')
    .requiredOption('--parameter <name>', 'the figure that was breached')
    .requiredOption('--from <time>', 'begin of the event (ISO 8601, UTC)')
    .requiredOption('--to <time>', 'its end, exclusive');
  command.action(async (options: Record<string, string>, own: Command) => {
    const { registrar, parameter, from, to, author } = options;
    await enter(own, stdout, { kind: 'credit-claim', registrar, parameter, from, to, author });
  });
}

function addRegistrar(command: Command): Command {
  addSidecarOptions(command, true);
  return command
    .requiredOption('--registrar <id>', 'the registrar')
    .option('--author <name>', 'who enters it')
    .option('--json', 'print JSON');
}

function collectCount(text: string, before: Record<string, number> = {}): Record<string, number> {
  const [, name, count = ''] = /^([^=]+)=(.*)$/.exec(text) ?? [];
  if (name === undefined) throw new UsageError(`--command ${text}: expected NAME=COUNT`);
  return { ...before, [name]: readCount(`--command ${name}`, count) };
}

function readCount(option: string, text: string): number {
  const count = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(count)) throw new UsageError(`${option} ${text}: expected a whole number`);
  return count;
}
