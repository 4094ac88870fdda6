/**
 * `holdfast registry brake …`: what to do about removals that were held because they would have
 * taken too many delegations out of a TLD's zone at once.
 */
import type { Command } from 'commander';
import { type AdminOption, addAdminOptions, openAdmin } from './admin-option.ts';
import type { CliContext } from './cli-context.ts';
import { askRegistry, formatJson, registryGroup, registryPath } from './registry-group.ts';
import { formatTable } from './table.ts';

interface BrakeAnswer {
  tld: string;
  since: string;
  held: number;
}

export function registerRegistryBrake(program: Command, { stdout }: CliContext): void {
  const group = registryGroup(program, 'brake', 'Removals that are held because they are too many');
  const list = group
    .command('list')
    .description('List the TLDs whose removals are held')
    .option('--json', 'print JSON');
  addAdminOptions(list).action(async (options: AdminOption & { json?: true }) => {
    const admin = await openAdmin(options);
    const path = registryPath('brakes');
    const { brakes } = await askRegistry<{ brakes: BrakeAnswer[] }>(admin, 'GET', path);
    const rows = brakes.map(({ tld, since, held }) => [tld, since, String(held)]);
    const head = ['tld', 'since', 'commands held'];
    stdout.write(options.json ? formatJson(brakes) : formatTable(head, rows));
  });
  const orders = [
    ['release', 'Make the removals that were held', 'released'],
    ['drop', 'Give up the removals that were held; the names stay in the zone', 'dropped'],
  ] as const;
  for (const [order, description, told] of orders) {
    const command = group
      .command(order)
      .description(description)
      .argument('<tld>', 'without a final dot');
    addAdminOptions(command).action(async (tld: string, options: AdminOption) => {
      const admin = await openAdmin(options);
      const path = registryPath('brakes', tld);
      const { held } = await askRegistry<BrakeAnswer>(admin, 'POST', path, { order });
      stdout.write(`${tld}: ${held} commands ${told}\n`);
    });
  }
}
