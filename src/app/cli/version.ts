/** `holdfast version`: which Holdfast, on which Node. */
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import type { Command } from 'commander';
import type { CliContext } from './cli-context.ts';

const MANIFEST = new URL('../../../package.json', import.meta.url);

export function registerVersion(program: Command, { stdout }: CliContext): void {
  program
    .command('version')
    .description('Print the version')
    .action(async () => {
      const { version } = JSON.parse(await readFile(MANIFEST, 'utf8')) as { version: string };
      stdout.write(`holdfast ${version} (node ${process.version})\n`);
    });
}
