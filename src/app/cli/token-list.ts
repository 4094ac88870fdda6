/** `holdfast token list`: every token with what it may do; `--json` for scripts. */
import type { Command } from 'commander';
import { type AdminOption, addAdminOptions, openAdmin } from './admin-option.ts';
import type { CliContext } from './cli-context.ts';
import { groupCommand } from './group-command.ts';
import { formatTable } from './table.ts';
import { listTokens, type ScopeAnswer } from './token-answers.ts';

export function registerTokenList(program: Command, { stdout }: CliContext): void {
  const command = groupCommand(program, 'token', 'Tokens of a running server')
    .command('list')
    .description('List tokens and what they may do')
    .option('--json', 'print JSON');
  addAdminOptions(command).action(async (options: AdminOption & { json?: true }) => {
    const tokens = await listTokens(await openAdmin(options));
    const rows = tokens.map(({ id, name, scope }) => [
      name,
      id,
      scope.write ? 'write' : 'read',
      limitsOf(scope),
      scope.expiresAt ?? 'never',
    ]);
    stdout.write(
      options.json
        ? `${JSON.stringify(tokens, undefined, 2)}\n`
        : formatTable(['token', 'id', 'may', 'only', 'expires'], rows),
    );
  });
}

/** In the options that make such a scope. */
function limitsOf({ zones = [], suffixes = [], types = [], networks = [] }: ScopeAnswer): string {
  const limits = [
    ...zones.map((zone) => `zone ${zone}`),
    ...suffixes.map((suffix) => `suffix ${suffix}`),
    ...types.map((type) => `type ${type}`),
    ...networks.map((network) => `network ${network}`),
  ];
  return limits.length === 0 ? '-' : limits.join(', ');
}
