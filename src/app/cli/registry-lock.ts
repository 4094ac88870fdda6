/**
 * `holdfast registry lock NAME` and `unlock NAME`: the `server…` statuses of a domain, which only
 * the operator sets. The sponsor is told, with the reason.
 */
import type { Command } from 'commander';
import { UsageError } from '#base/coded-error.ts';
import { LOCKS } from '#http/api/registry-ports.ts';
import { type AdminOption, addAdminOptions, openAdmin } from './admin-option.ts';
import type { CliContext } from './cli-context.ts';
import { askRegistry, registryCommand, registryPath } from './registry-group.ts';
import { collect } from './repeated-option.ts';

/** As options have them: `hold` is serverHold. */
const SHORT: ReadonlyMap<string, string> = new Map(
  LOCKS.map((status) => {
    const word = status.replace('server', '').replace('Prohibited', '');
    return [word.toLowerCase(), status];
  }),
);

interface DomainAnswer {
  name: string;
  statuses: { status: string }[];
}

export function registerRegistryLock(program: Command, context: CliContext): void {
  const words = [...SHORT.keys()].join(', ');
  const lock = registryCommand(program)
    .command('lock')
    .description('Lock a domain; its locks are those named and no others then')
    .argument('<domain>', 'A-labels')
    .requiredOption('--against <what>', `one of ${words}; repeatable`, collect)
    .requiredOption('--reason <text>', 'for the journal and the sponsor');
  addAdminOptions(lock).action(
    (name: string, options: AdminOption & { against: string[]; reason: string }) =>
      setLocks(context, name, options.against.map(readLock), options),
  );
  const unlock = registryCommand(program)
    .command('unlock')
    .description('Take all locks from a domain')
    .argument('<domain>', 'A-labels')
    .requiredOption('--reason <text>', 'for the journal and the sponsor');
  addAdminOptions(unlock).action((name: string, options: AdminOption & { reason: string }) =>
    setLocks(context, name, [], options),
  );
}

async function setLocks(
  { stdout }: CliContext,
  name: string,
  locks: readonly string[],
  options: AdminOption & { reason: string },
): Promise<void> {
  const admin = await openAdmin(options);
  const path = registryPath('domains', name, 'locks');
  const body = { locks, reason: options.reason };
  const domain = await askRegistry<DomainAnswer>(admin, 'PUT', path, body);
  const statuses = domain.statuses.map(({ status }) => status).join(', ') || 'ok';
  stdout.write(`${domain.name}: ${statuses}\n`);
}

function readLock(word: string): string {
  const status = SHORT.get(word);
  if (status !== undefined) return status;
  throw new UsageError(`--against ${word}: write one of ${[...SHORT.keys()].join(', ')}`);
}
