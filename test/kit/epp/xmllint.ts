/** Debian's xmllint over documents of EPP, by the schemas that the server ships. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SCHEMA = join(import.meta.dirname, '../../../src/registry/epp/schemas/all.xsd');

/** @throws Error with what it says of a document that is not valid */
export function lintAll(documents: readonly string[]): void {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-lint-'));
  try {
    const files = documents.map((xml, index) => {
      const path = join(folder, `${index}.xml`);
      writeFileSync(path, xml);
      return path;
    });
    const args = ['--noout', '--nonet', '--schema', SCHEMA, ...files];
    execFileSync('xmllint', args, { stdio: 'pipe' });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
