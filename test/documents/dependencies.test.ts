// package.json, the reasons in CONTRIBUTING.md and the packages in ARCHITECTURE.md's table agree
// with each other and with what the code imports. (That nothing else is imported, tidy says.)
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { findRow, parseImportTable } from '../../tools/tidy/import-table.ts';
import { readSourceFiles } from '../../tools/tidy/source-file.ts';

const IMPORT =
  /\bfrom '((?:@[\w-]+\/)?[\w-]+)[^']*'|\b(?:import|require)\('((?:@[\w-]+\/)?[\w-]+)/g;

describe('the dependencies', () => {
  it('each have their reason in CONTRIBUTING.md', async () => {
    const { dependencies, optionalDependencies } = JSON.parse(
      await readFile('package.json', 'utf8'),
    ) as Record<string, Record<string, string>>;
    const page = await readFile('CONTRIBUTING.md', 'utf8');
    const [, section = ''] = page.split('\n## Dependencies\n');
    const cells = [...section.matchAll(/^\| (`[^|]+) \|/gm)].map(([, cell = '']) => cell);
    const names = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)]);
    const explained = names.map(([, name = '']) => name);
    const wanted = Object.keys({ ...dependencies, ...optionalDependencies });
    expect(explained.toSorted()).toEqual([...wanted, '@prometheus-io/client'].toSorted());
  });

  it('stand in the rows of the import table that use them, and in no other', async () => {
    const table = parseImportTable('', await readFile('ARCHITECTURE.md', 'utf8'));
    const imported = new Map<string, Set<string>>();
    for (const { path, text } of await readSourceFiles('.', 'src')) {
      const folder = findRow(table, path.slice('src/'.length))?.folder ?? path;
      const names = imported.get(folder) ?? new Set();
      imported.set(folder, names);
      for (const [, from, required] of text.matchAll(IMPORT)) names.add(from ?? required ?? '');
    }
    const idle = [...table.rows.values()].flatMap(({ folder, packages }) =>
      [...(packages ?? [])]
        .filter((name) => !imported.get(folder)?.has(name))
        .map((name) => `${folder}: ${name}`),
    );
    expect(idle).toEqual([]);
  });
});
