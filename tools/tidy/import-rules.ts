/**
 * Rules over imports: only what the table allows, `#folder/file.ts` from one row of it to another
 * and relative paths inside one, and no cycles. Type-only imports count, because a cycle of types
 * is a cycle of ideas. A worker's entry (`new URL('./x.ts', import.meta.url)`) counts for the
 * table, not for cycles.
 */
import { dirname, join } from 'node:path';
import { findRow, type ImportTable } from './import-table.ts';
import type { Finding, SourceFile } from './source-file.ts';

interface Import {
  line: number;
  /** As written between the quotes. */
  specifier: string;
  isWorker: boolean;
}

const IMPORT =
  /(?:\bfrom|\bimport)\s*\(?\s*(['"])([^'"\n]+)\1|new URL\(\s*(['"])(\.[^'"\n]+\.ts)\3/g;

/** All imports of the file, static, type-only, dynamic, re-exports and worker entries. */
export function findImports(file: SourceFile): Import[] {
  const imports: Import[] = [];
  let line = 1;
  let counted = 0;
  for (const match of file.text.matchAll(IMPORT)) {
    for (; counted < match.index; counted++) if (file.text[counted] === '\n') line += 1;
    const column = match.index - file.text.lastIndexOf('\n', match.index) - 1;
    if ((file.codeLines[line - 1] ?? '')[column] === ' ') continue;
    const worker = match[4];
    imports.push({ line, specifier: worker ?? match[2] ?? '', isWorker: worker !== undefined });
  }
  return imports;
}

/** The path of the imported file below the root, or `undefined` for a package. */
export function resolveImport(file: SourceFile, specifier: string): string | undefined {
  if (specifier.startsWith('#')) return `src/${specifier.slice(1)}`;
  return specifier.startsWith('.') ? join(dirname(file.path), specifier) : undefined;
}

/** Every import of a file under src against the table. */
export function checkImportTable(files: readonly SourceFile[], table: ImportTable): Finding[] {
  const findings: Finding[] = [];
  for (const file of files.filter(({ path }) => path.startsWith('src/'))) {
    const row = findRow(table, file.path.slice('src/'.length));
    if (row === undefined) {
      const message = `${dirname(file.path)} has no row in ARCHITECTURE.md; add one`;
      findings.push({ path: file.path, line: 1, message });
      continue;
    }
    for (const { specifier, line, isWorker } of findImports(file)) {
      const say = (message: string): number => findings.push({ path: file.path, line, message });
      const target = resolveImport(file, specifier);
      if (target === undefined) {
        if (specifier.startsWith('node:') || row.packages === undefined) continue;
        const name = packageName(specifier);
        if (!row.packages.has(name)) say(`${row.folder} may not import the package ${name}`);
        continue;
      }
      const other = findRow(table, target.slice('src/'.length));
      if (other === undefined || other === row) continue;
      if (specifier.startsWith('.') && !isWorker) {
        say(`import ${specifier} crosses folders; write #${target.slice('src/'.length)}`);
      }
      if (row.folders === undefined) continue;
      if (!row.folders.has(other.folder)) {
        say(`${row.folder} may not import ${other.folder}; see the table in ARCHITECTURE.md`);
      }
    }
  }
  return findings;
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Each cycle once, said at the first file of it in path order. */
export function checkCycles(files: readonly SourceFile[]): Finding[] {
  const edges = new Map(
    files.map((file) => [
      file.path,
      findImports(file)
        .filter(({ isWorker }) => !isWorker)
        .map(({ specifier }) => resolveImport(file, specifier))
        .filter((target) => target !== undefined),
    ]),
  );
  const findings: Finding[] = [];
  const done = new Set<string>();
  const walk = (path: string, trail: string[]): void => {
    const seenAt = trail.indexOf(path);
    if (seenAt >= 0) {
      const cycle = [...trail.slice(seenAt), path].join(' -> ');
      findings.push({ path, line: 1, message: `import cycle: ${cycle}; move what is shared down` });
      return;
    }
    if (done.has(path)) return;
    for (const target of edges.get(path) ?? []) walk(target, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) walk(path, []);
  return findings;
}
