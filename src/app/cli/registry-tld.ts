/**
 * `holdfast registry tld …`: the zones that names are registered in. Rules are read and written as
 * the API has them: `tld show NAME`, change what it printed, `tld change NAME --rules FILE`.
 */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { fileReason, UsageError } from '#base/coded-error.ts';
import { type AdminOption, addAdminOptions, openAdmin } from './admin-option.ts';
import type { CliContext } from './cli-context.ts';
import { askRegistry, formatJson, registryGroup, registryPath } from './registry-group.ts';
import { formatTable } from './table.ts';

interface TldAnswer {
  name: string;
  currency: string;
  prices: { create: string; renew: string; transfer: string; restore: string };
}

interface CreateOption extends AdminOption {
  repositoryId: string;
  currency: string;
  price: string;
  restorePrice?: string;
  rules?: string;
}

export function registerRegistryTld(program: Command, context: CliContext): void {
  const group = registryGroup(program, 'tld', 'Zones that names are registered in');
  registerReading(group, context);
  registerWriting(group, context);
  registerDeleting(group, context);
}

function registerReading(group: Command, { stdout }: CliContext): void {
  const list = group
    .command('list')
    .description('List TLDs with their prices')
    .option('--json', 'print JSON with all rules');
  addAdminOptions(list).action(async (options: AdminOption & { json?: true }) => {
    const admin = await openAdmin(options);
    const path = registryPath('tlds');
    const { tlds } = await askRegistry<{ tlds: TldAnswer[] }>(admin, 'GET', path);
    const rows = tlds.map(({ name, currency, prices }) => [
      name,
      currency,
      prices.create,
      prices.renew,
      prices.transfer,
      prices.restore,
    ]);
    const head = ['tld', 'currency', 'create', 'renew', 'transfer', 'restore'];
    stdout.write(options.json ? formatJson(tlds) : formatTable(head, rows));
  });
  const show = group.command('show').description('Print the rules of a TLD').argument('<tld>');
  addAdminOptions(show).action(async (name: string, options: AdminOption) => {
    const admin = await openAdmin(options);
    stdout.write(formatJson(await askRegistry(admin, 'GET', registryPath('tlds', name))));
  });
}

function registerWriting(group: Command, { stdout }: CliContext): void {
  const create = group
    .command('create')
    .description('Make a TLD; rules that are not given are the usual ones')
    .argument('<tld>', 'without a final dot')
    .requiredOption('--repository-id <id>', 'suffix of its objects’ ids, as IANA registered it')
    .requiredOption('--currency <code>', 'ISO 4217, as USD')
    .requiredOption('--price <sum>', 'of a year, and of a transfer, as 10.00')
    .option('--restore-price <sum>', 'of a restore (default: as --price)')
    .option('--rules <file>', 'JSON with other rules, as "tld show" prints them');
  addAdminOptions(create).action(async (name: string, options: CreateOption) => {
    const { repositoryId, currency, price, restorePrice = price, rules } = options;
    const prices = { create: price, renew: price, transfer: price, restore: restorePrice };
    const given = rules === undefined ? {} : await readRules(rules);
    const body = { prices, ...given, name, repositoryId, currency };
    const admin = await openAdmin(options);
    stdout.write(formatJson(await askRegistry(admin, 'POST', registryPath('tlds'), body)));
  });
  const change = group
    .command('change')
    .description('Change the rules of a TLD that the file names, and keep the others')
    .argument('<tld>', 'without a final dot')
    .requiredOption('--rules <file>', 'JSON, as "tld show" prints them');
  addAdminOptions(change).action(async (name: string, options: AdminOption & { rules: string }) => {
    const body = await readRules(options.rules);
    const admin = await openAdmin(options);
    stdout.write(formatJson(await askRegistry(admin, 'PATCH', registryPath('tlds', name), body)));
  });
}

function registerDeleting(group: Command, { stdout }: CliContext): void {
  const remove = group
    .command('delete')
    .description('Delete a TLD in which no names lie, with its reserved names')
    .argument('<tld>', 'without a final dot');
  addAdminOptions(remove).action(async (name: string, options: AdminOption) => {
    const admin = await openAdmin(options);
    await askRegistry(admin, 'DELETE', registryPath('tlds', name));
    stdout.write(`${name}: deleted\n`);
  });
}

/** Without the name, which is no rule. @throws UsageError */
async function readRules(file: string): Promise<object> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--rules ${file}: ${fileReason(error)}`, { cause: error });
  }
  try {
    const { name: _name, ...rules } = JSON.parse(text) as Record<string, unknown>;
    return rules;
  } catch (error) {
    throw new UsageError(`--rules ${file}: this is no JSON object`, { cause: error });
  }
}
