/**
 * `holdfast sla notice add`, `sla exclusion add`, `sla false-positive add`, `sla dispute answer`:
 * entries into the ledger of a running sidecar, which says at once what each does under every
 * contract. Minutes leave a figure only with the other side's agreement; a notice counts only if it
 * was given in time. Entries about registrars are sla-registrar-entries.ts.
 */
import type { Command } from 'commander';
import type { CliContext } from './cli-context.ts';
import { collect } from './repeated-option.ts';
import { addSidecarOptions } from './sidecar-option.ts';
import { enter } from './sla-enter.ts';
import { slaGroup } from './sla-group.ts';

interface EntryOptions {
  json?: true;
  from: string;
  to: string;
  service: string[];
}

export function registerSlaNoticeAdd(program: Command, { stdout }: CliContext): void {
  const group = slaGroup(program, 'notice', 'Maintenance and outages that others were told of');
  const command = addPeriod(group.command('add'))
    .description('Enter a notice of planned work, or declare an outage')
    .requiredOption('--type <type>', 'planned, or outage (declared)')
    .requiredOption('--audience <who>', 'registrars, icann or customers; may be repeated', collect)
    .requiredOption('--service <service>', 'dns, rdds or epp; may be repeated', collect)
    .option('--at <time>', 'when they were told, if that was before now (ISO 8601, UTC)');
  type Options = EntryOptions & { type: string; audience: string[]; at?: string };
  command.action(async (options: Options, own: Command) => {
    const { type, audience, from, to, service: services, at } = options;
    const told = at === undefined ? {} : { at };
    await enter(own, stdout, { kind: 'notice', type, audience, from, to, services, ...told });
  });
}

export function registerSlaExclusionAdd(program: Command, { stdout }: CliContext): void {
  const group = slaGroup(program, 'exclusion', 'Disaster and force majeure');
  const command = addPeriod(group.command('add'))
    .description('Declare time that a contract may take out')
    .requiredOption('--type <type>', 'disaster or force-majeure')
    .requiredOption('--service <service>', 'dns, rdds or epp; may be repeated', collect)
    .requiredOption('--reason <text>', 'what happened')
    .option('--author <name>', 'who declares it')
    .option('--agreed-by <name>', 'who agreed for the other side; none: it is disputed');
  type Options = EntryOptions & {
    type: string;
    reason: string;
    author?: string;
    agreedBy?: string;
  };
  command.action(async (options: Options, own: Command) => {
    const { type, from, to, service: services, reason, author, agreedBy } = options;
    const entry = { kind: 'exclusion', type, from, to, services, reason, author, agreedBy };
    await enter(own, stdout, entry);
  });
}

export function registerSlaFalsePositiveAdd(program: Command, { stdout }: CliContext): void {
  const group = slaGroup(program, 'false-positive', 'Down time that was none');
  const command = addPeriod(group.command('add'))
    .description('Claim that down time was a fault of the measurement')
    .requiredOption('--service <service>', 'dns, rdds or epp')
    .requiredOption('--reason <text>', 'why it was none')
    .requiredOption('--author <name>', 'who says so')
    .option('--nameserver <name>', 'only this name server, with its final dot')
    .option('--address <address>', 'only this address')
    .option('--evidence <text>', 'where it can be seen')
    .option('--agreed-by <name>', 'who agreed for the other side; none: it is disputed');
  command.action(async (options: Record<string, string>, own: Command) => {
    const { service, from, to, reason, author, nameserver, address } = options;
    const { evidence, agreedBy } = options;
    await enter(own, stdout, {
      kind: 'false-positive',
      service,
      nameserver,
      address,
      from,
      to,
      reason,
      author,
      evidence,
      agreedBy,
    });
  });
}

export function registerSlaDisputeAnswer(program: Command, { stdout }: CliContext): void {
  const group = slaGroup(program, 'dispute', 'Where the other side reports what we do not');
  const command = addPeriod(group.command('answer'))
    .description('Enter what we answer; it stands beside their figure when they are compared')
    .requiredOption('--contract <id>', 'contract under which it is disputed')
    .requiredOption('--text <text>', 'the answer')
    .requiredOption('--author <name>', 'who says so')
    .option('--service <service>', 'dns, dns-nameserver, dnssec, rdds or epp (default: any)');
  command.action(async (options: Record<string, string>, own: Command) => {
    const { contract, service, from, to, text, author } = options;
    await enter(own, stdout, {
      kind: 'dispute-response',
      contract,
      service,
      from,
      to,
      text,
      author,
    });
  });
}

function addPeriod(command: Command): Command {
  addSidecarOptions(command, true);
  return command
    .requiredOption('--from <time>', 'begin (ISO 8601, UTC)')
    .requiredOption('--to <time>', 'end, exclusive')
    .option('--json', 'print JSON');
}
