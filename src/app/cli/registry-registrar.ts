/**
 * `holdfast registry registrar …`: accounts of registrars. A new password alone goes to standard
 * output, so that a script can put it where it belongs; it is not shown again.
 */
import type { Command } from 'commander';
import { UsageError } from '#base/coded-error.ts';
import { type AdminOption, addAdminOptions, openAdmin } from './admin-option.ts';
import type { CliContext } from './cli-context.ts';
import { askRegistry, formatJson, registryGroup, registryPath } from './registry-group.ts';
import { collect } from './repeated-option.ts';
import { formatTable } from './table.ts';

interface RegistrarAnswer {
  id: string;
  name: string;
  state: string;
  testing: boolean;
  balance: Record<string, string>;
}

interface AccountOption extends AdminOption {
  name?: string;
  ianaId?: string;
  url?: string;
  email?: string;
  voice?: string;
  abuseEmail?: string;
  abuseVoice?: string;
  certificate?: string[];
  network?: string[];
  tld?: string[];
  credit?: string[];
  testing?: boolean;
  suspended?: boolean;
}

export function registerRegistryRegistrar(program: Command, context: CliContext): void {
  const group = registryGroup(program, 'registrar', 'Accounts of registrars');
  registerReading(group, context);
  registerAccounts(group, context);
  registerMoney(group, context);
  registerDeleting(group, context);
}

function registerReading(group: Command, { stdout }: CliContext): void {
  const list = group
    .command('list')
    .description('List registrars with their balances')
    .option('--json', 'print JSON');
  addAdminOptions(list).action(async (options: AdminOption & { json?: true }) => {
    const path = registryPath('registrars');
    const admin = await openAdmin(options);
    const answer = await askRegistry<{ registrars: RegistrarAnswer[] }>(admin, 'GET', path);
    const rows = answer.registrars.map(({ id, name, state, testing, balance }) => [
      id,
      name,
      testing ? `${state}, testing` : state,
      sumsOf(balance),
    ]);
    const head = ['registrar', 'name', 'state', 'balance'];
    stdout.write(options.json ? formatJson(answer.registrars) : formatTable(head, rows));
  });
  const show = group.command('show').description('Print a registrar').argument('<registrar>', 'id');
  addAdminOptions(show).action(async (id: string, options: AdminOption) => {
    const admin = await openAdmin(options);
    stdout.write(formatJson(await askRegistry(admin, 'GET', registryPath('registrars', id))));
  });
}

function registerAccounts(group: Command, { stdout, stderr }: CliContext): void {
  const create = group
    .command('create')
    .description('Make a registrar; its password is printed once')
    .argument('<registrar>', 'its id: the login name, 3 to 16 characters')
    .requiredOption('--name <name>', 'as WHOIS and RDAP show it');
  addAccountOptions(create).action(async (id: string, options: AccountOption) => {
    const body = { id, ...accountOf(options) };
    const admin = await openAdmin(options);
    const path = registryPath('registrars');
    const { password } = await askRegistry<{ password: string }>(admin, 'POST', path, body);
    stdout.write(`${password}\n`);
    stderr.write(`registrar ${id} is made; its password is not shown again\n`);
  });
  const change = group
    .command('change')
    .description('Change what is named of a registrar; a list is replaced whole')
    .argument('<registrar>', 'id')
    .option('--name <name>', 'as WHOIS and RDAP show it');
  addAccountOptions(change)
    .option('--no-suspended', 'it may work again')
    .option('--no-testing', 'it is billed')
    .action(async (id: string, options: AccountOption) => {
      const admin = await openAdmin(options);
      const path = registryPath('registrars', id);
      stdout.write(formatJson(await askRegistry(admin, 'PATCH', path, accountOf(options))));
    });
  const password = group
    .command('password')
    .description('Give a registrar a new password; it is printed once')
    .argument('<registrar>', 'id');
  addAdminOptions(password).action(async (id: string, options: AdminOption) => {
    const admin = await openAdmin(options);
    const path = registryPath('registrars', id, 'password');
    const answer = await askRegistry<{ password: string }>(admin, 'POST', path);
    stdout.write(`${answer.password}\n`);
    stderr.write(`registrar ${id} has a new password; it is not shown again\n`);
  });
}

function registerDeleting(group: Command, { stdout }: CliContext): void {
  const remove = group
    .command('delete')
    .description('Delete a suspended registrar that has no objects, unread messages or balance')
    .argument('<registrar>', 'id');
  addAdminOptions(remove).action(async (id: string, options: AdminOption) => {
    const admin = await openAdmin(options);
    await askRegistry(admin, 'DELETE', registryPath('registrars', id));
    stdout.write(`${id}: deleted\n`);
  });
}

function registerMoney(group: Command, { stdout }: CliContext): void {
  const pay = group
    .command('pay')
    .description('Move the balance of a registrar')
    .argument('<registrar>', 'id')
    .requiredOption('--amount <sum>', 'what was paid in, as 100.00; -100.00 was paid out')
    .requiredOption('--currency <code>', 'ISO 4217, as USD')
    .requiredOption('--reason <text>', 'for the journal; the registrar is told');
  addAdminOptions(pay).action(
    async (
      id: string,
      options: AdminOption & { amount: string; currency: string; reason: string },
    ) => {
      const { amount, currency, reason } = options;
      const admin = await openAdmin(options);
      const path = registryPath('registrars', id, 'balance');
      const body = { amount, currency, reason };
      const { balance } = await askRegistry<RegistrarAnswer>(admin, 'POST', path, body);
      stdout.write(`${id}: ${sumsOf(balance)}\n`);
    },
  );
}

function addAccountOptions(command: Command): Command {
  command
    .option('--iana-id <number>', 'number that IANA gave it')
    .option('--url <url>', 'its web site')
    .option('--email <address>', 'its mail')
    .option('--voice <number>', 'its telephone, as +1.7035555555')
    .option('--abuse-email <address>', 'mail for reports of abuse')
    .option('--abuse-voice <number>', 'telephone for reports of abuse')
    .option('--certificate <sha256>', 'only with this client certificate; repeatable', collect)
    .option('--network <network>', 'only from this address or network; repeatable', collect)
    .option('--tld <tld>', 'only in this TLD; repeatable', collect)
    .option('--credit <sum>', 'how far below zero, as USD=100.00; repeatable', collect)
    .option('--testing', 'not billed, and otherwise treated as everybody')
    .option('--suspended', 'may log in and read, nothing else');
  return addAdminOptions(command);
}

function accountOf(options: AccountOption): Record<string, unknown> {
  const { ianaId, certificate, network, tld, credit, testing, suspended, ...rest } = options;
  const { api: _api, keyFile: _keyFile, config: _config, ...texts } = rest;
  if (ianaId !== undefined && !/^\d+$/.test(ianaId)) {
    throw new UsageError(`--iana-id ${ianaId}: write a number`);
  }
  return {
    ...texts,
    ...(ianaId !== undefined && { ianaId: Number(ianaId) }),
    ...(certificate && { certificates: certificate }),
    ...(network && { networks: network }),
    ...(tld && { tlds: tld }),
    ...(credit && { credit: Object.fromEntries(credit.map(readCredit)) }),
    ...(testing !== undefined && { testing }),
    ...(suspended !== undefined && { state: suspended ? 'suspended' : 'active' }),
  };
}

function readCredit(text: string): [string, string] {
  const found = /^([A-Z]{3})=([\d.]+)$/.exec(text);
  if (found === null) throw new UsageError(`--credit ${text}: write it as USD=100.00`);
  return [found[1] ?? '', found[2] ?? ''];
}

function sumsOf(balance: Record<string, string>): string {
  const sums = Object.entries(balance).map(([currency, sum]) => `${sum} ${currency}`);
  return sums.length === 0 ? '0.00' : sums.join(', ');
}
