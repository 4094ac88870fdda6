/** `holdfast registry reserved …`: names that nobody may register in a TLD, or only some. */
import type { Command } from 'commander';
import { type AdminOption, addAdminOptions, openAdmin } from './admin-option.ts';
import type { CliContext } from './cli-context.ts';
import { askRegistry, formatJson, registryGroup, registryPath } from './registry-group.ts';
import { collect } from './repeated-option.ts';
import { formatTable } from './table.ts';

interface ReservedAnswer {
  label: string;
  reason: string;
  allow: string[];
}

export function registerRegistryReserved(program: Command, { stdout }: CliContext): void {
  const group = registryGroup(program, 'reserved', 'Names that are kept back in a TLD');
  const list = group
    .command('list')
    .description('List the reserved names of a TLD')
    .argument('<tld>', 'without a final dot')
    .option('--json', 'print JSON');
  addAdminOptions(list).action(async (tld: string, options: AdminOption & { json?: true }) => {
    const admin = await openAdmin(options);
    const path = registryPath('tlds', tld, 'reserved');
    const { reserved } = await askRegistry<{ reserved: ReservedAnswer[] }>(admin, 'GET', path);
    const rows = reserved.map(({ label, reason, allow }) => [label, allow.join(', '), reason]);
    const head = ['label', 'open to', 'reason'];
    stdout.write(options.json ? formatJson(reserved) : formatTable(head, rows));
  });
  const add = group
    .command('add')
    .description('Reserve a name; one that is registered stays with its holder')
    .argument('<tld>', 'without a final dot')
    .argument('<label>', 'in front of the TLD')
    .requiredOption('--reason <text>', 'shown to registrars')
    .option('--allow <registrar>', 'may register it all the same; repeatable', collect);
  addAdminOptions(add).action(
    async (
      tld: string,
      label: string,
      options: AdminOption & { reason: string; allow?: string[] },
    ) => {
      const { reason, allow = [] } = options;
      const admin = await openAdmin(options);
      const path = registryPath('tlds', tld, 'reserved', label);
      await askRegistry(admin, 'PUT', path, { reason, allow });
      stdout.write(`${label}.${tld}: reserved\n`);
    },
  );
  const remove = group
    .command('remove')
    .description('Open a reserved name')
    .argument('<tld>', 'without a final dot')
    .argument('<label>', 'in front of the TLD');
  addAdminOptions(remove).action(async (tld: string, label: string, options: AdminOption) => {
    const admin = await openAdmin(options);
    await askRegistry(admin, 'DELETE', registryPath('tlds', tld, 'reserved', label));
    stdout.write(`${label}.${tld}: open\n`);
  });
}
