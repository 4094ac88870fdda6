/** `holdfast version`: which Holdfast, on which Node. */
import process from 'node:process';
import type { Command } from 'commander';
import { readProgramVersion } from '#app/program-version.ts';
import type { CliContext } from './cli-context.ts';

export function registerVersion(program: Command, { stdout }: CliContext): void {
  program
    .command('version')
    .description('Print the version')
    .action(async () => {
      stdout.write(`holdfast ${await readProgramVersion()} (node ${process.version})\n`);
    });
}
