/** `holdfast check contract FILE`: says every error of a contract and changes nothing. */
import type { Command } from 'commander';
import { loadContract } from '#sla/contract/contract-file.ts';
import type { CliContext } from './cli-context.ts';
import { groupCommand } from './group-command.ts';

export function registerCheckContract(program: Command, { stdout }: CliContext): void {
  groupCommand(program, 'check', 'Say every error, change nothing')
    .command('contract')
    .description('Check a contract file')
    .argument('<file>', 'contract file')
    .action(async (file: string) => {
      const { contract, digest } = await loadContract(file);
      stdout.write(`${file}: ok, ${contract.id} version ${contract.version}, sha256 ${digest}\n`);
    });
}
