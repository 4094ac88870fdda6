/**
 * The table of who may import whom, as ARCHITECTURE.md prints it: folder, the folders that it may
 * import, the npm packages that it may import. A file belongs to the longest row that its path
 * starts with; `everything` allows all. A folder without a row is an error, so that a new one
 * begins with a decision.
 */
import type { Finding } from './source-file.ts';

export interface ImportRow {
  folder: string;
  /** Other rows' folders, or `undefined` for everything. */
  folders: ReadonlySet<string> | undefined;
  packages: ReadonlySet<string> | undefined;
}

export interface ImportTable {
  rows: ReadonlyMap<string, ImportRow>;
  findings: Finding[];
}

const HEADING = /^\|\s*folder\s*\|\s*may import\s*\|/;

/** Reads the table out of the document; also demands a code-map entry `src/FOLDER` for each row. */
export function parseImportTable(path: string, text: string): ImportTable {
  const lines = text.split('\n');
  const rows = new Map<string, ImportRow>();
  const findings: Finding[] = [];
  const start = lines.findIndex((line) => HEADING.test(line));
  if (start < 0) {
    findings.push({ path, line: 1, message: 'no table "| folder | may import |"; add it' });
    return { rows, findings };
  }
  for (let at = start + 2; at < lines.length && lines[at]?.startsWith('|'); at++) {
    const cells = (lines[at] ?? '').split('|').map((cell) => cell.trim());
    const folder = cells[1]?.replaceAll('`', '') ?? '';
    const row = { folder, folders: parseCell(cells[2]), packages: parseCell(cells[3]) };
    if (rows.has(folder)) {
      findings.push({ path, line: at + 1, message: `second row for ${folder}; keep one` });
    }
    rows.set(folder, row);
    if (!text.includes(`**\`src/${folder}\`**`)) {
      const message = `${folder} has a row but no paragraph; start one with **\`src/${folder}\`**`;
      findings.push({ path, line: at + 1, message });
    }
  }
  return { rows, findings };
}

function parseCell(cell = ''): ReadonlySet<string> | undefined {
  if (cell === 'everything') return undefined;
  return new Set([...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ''));
}

/** The row of a path below src (`dns/wire/name.ts`), or `undefined`. */
export function findRow(table: ImportTable, path: string): ImportRow | undefined {
  for (let prefix = path; prefix !== ''; prefix = prefix.slice(0, prefix.lastIndexOf('/'))) {
    const row = table.rows.get(prefix);
    if (row !== undefined) return row;
    if (!prefix.includes('/')) return undefined;
  }
  return undefined;
}
