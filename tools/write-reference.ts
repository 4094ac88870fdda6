/**
 * Rewrites the generated parts of the reference pages from the code: `node
 * tools/write-reference.ts`. A part stands between `<!-- generated: NAME -->` and `<!-- end -->`;
 * the text around it is written by hand. test/documents compares, so a page cannot fall behind.
 */
import { readFile, writeFile } from 'node:fs/promises';
import process from 'node:process';
import { apiReference } from './reference/api-reference.ts';
import { commandReference } from './reference/command-reference.ts';
import { configurationReference } from './reference/configuration-reference.ts';
import { replaceGenerated } from './reference/generated-part.ts';

const PAGES = [
  { path: 'docs/reference/admin-api.md', name: 'requests', make: apiReference },
  { path: 'docs/reference/cli.md', name: 'commands', make: commandReference },
  { path: 'docs/reference/configuration.md', name: 'keys', make: configurationReference },
];

for (const { path, name, make } of PAGES) {
  const page = await readFile(path, 'utf8');
  await writeFile(path, replaceGenerated(page, name, await make()));
  process.stdout.write(`${path}: ${name} written\n`);
}
