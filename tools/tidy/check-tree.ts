/**
 * All rules over one tree: the import table of its ARCHITECTURE.md, the files of src, test and
 * tools. Pure but for reading; the order of the findings is the order of paths.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkCycles, checkImportTable } from './import-rules.ts';
import { parseImportTable } from './import-table.ts';
import { type Finding, readSourceFiles } from './source-file.ts';
import { checkText } from './text-rules.ts';

const DOCUMENT = 'ARCHITECTURE.md';

/** `root` is the absolute path of a checkout. */
export async function checkTree(root: string): Promise<Finding[]> {
  const table = parseImportTable(DOCUMENT, await readFile(join(root, DOCUMENT), 'utf8'));
  const folders = await Promise.all(
    ['src', 'test', 'tools'].map((folder) => readSourceFiles(root, folder)),
  );
  const files = folders.flat();
  const findings = [
    ...table.findings,
    ...files.flatMap((file) => checkText(file, root)),
    ...checkImportTable(files, table),
    ...checkCycles(files),
  ];
  return findings.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : a.line - b.line));
}
