/**
 * The project's own checker: what the compiler, the linter and the formatter do not know. It reads
 * the import table from ARCHITECTURE.md and every .ts file under src, test and tools, prints each
 * finding as `FILE:LINE: what is wrong; what to do`, and exits 1 if there is one.
 *
 * Usage: node tools/tidy.ts [ROOT]
 */
import process from 'node:process';
import { checkTree } from './tidy/check-tree.ts';

const findings = await checkTree(process.argv[2] ?? process.cwd());
for (const { path, line, message } of findings) {
  process.stderr.write(`${path}:${line}: ${message}\n`);
}
process.exitCode = findings.length === 0 ? 0 : 1;
