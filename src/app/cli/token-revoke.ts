/** `holdfast token revoke NAME`: the token opens nothing any more. */
import type { Command } from 'commander';
import { CodedError } from '#base/coded-error.ts';
import { type AdminOption, addAdminOptions, openAdmin } from './admin-option.ts';
import type { CliContext } from './cli-context.ts';
import { groupCommand } from './group-command.ts';
import { listTokens, TOKENS_PATH } from './token-answers.ts';

export function registerTokenRevoke(program: Command, { stdout }: CliContext): void {
  const command = groupCommand(program, 'token', 'Tokens of a running server')
    .command('revoke')
    .description('Revoke a token')
    .argument('<token>', 'its name or id');
  addAdminOptions(command).action(async (token: string, options: AdminOption) => {
    const admin = await openAdmin(options);
    const tokens = await listTokens(admin);
    // Names are unique; a name that looks like another token's id stands for its own.
    const found =
      tokens.find(({ name }) => name === token) ?? tokens.find(({ id }) => id === token);
    if (found === undefined) {
      const remedy = '"holdfast token list" shows those that there are';
      throw new CodedError('TOKEN_UNKNOWN', `${token}: there is no such token; ${remedy}`);
    }
    await admin.json({ method: 'DELETE', path: `${TOKENS_PATH}/${found.id}` });
    stdout.write(`${found.name}: revoked\n`);
  });
}
