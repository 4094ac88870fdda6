/**
 * Rules over the text of one file: its name, its size, its header, its lines, and words that have
 * a better place or a better form. Each finding says what to write instead.
 */
import type { Finding, SourceFile } from './source-file.ts';

export const FILE_LINES_MAX = 500;
export const LINE_COLUMNS_MAX = 100;
/** A run without blanks this long (a URL, a key, a digest) excuses a long line. */
const UNSPLITTABLE_SIZE_MIN = 50;
/** In a file's first lines: the file is a table or generated, and may be longer. */
const TABLE_MARK = '// tidy: table';

const FILE_NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.(?:test|d))?\.ts$/;
const VAGUE_WORDS = new Set(['util', 'utils', 'helper', 'helpers', 'common', 'misc', 'manager']);

interface BannedWord {
  pattern: RegExp;
  instead: string;
  /** Looked for in code only, or in comments and strings too. */
  everywhere?: true;
  /** Where the rule holds; everywhere if missing. */
  within?: string;
  /** The places that may. */
  except?: readonly string[];
}

const CLOCK = 'take a Clock (src/base/clock.ts)';
const RANDOM = 'take a Random (src/base/random.ts)';
const clock = { instead: CLOCK, within: 'src/', except: ['src/base/clock.ts'] };
const random = { instead: RANDOM, within: 'src/', except: ['src/base/random.ts'] };

const BANNED: readonly BannedWord[] = [
  { pattern: /\bDate\.now\b|\bnew Date\(\)/, ...clock },
  { pattern: /\bperformance\.now\b|\bprocess\.hrtime\b|\bTemporal\.Now\b/, ...clock },
  { pattern: /\bMath\.random\b|\brandomBytes\b|\brandomInt\b|\brandomUUID\b/, ...random },
  { pattern: /\brandomFillSync\b|\bgetRandomValues\b/, ...random },
  {
    pattern: /\bprocess\.env\b/,
    instead: 'read the environment in src/app/config and pass the value on',
    within: 'src/',
    except: ['src/app/config/'],
  },
  { pattern: /\bconsole\./, instead: 'log through src/base/log.ts, or write to process.stdout' },
  { pattern: /\bexport \*/, instead: 'export by name; importers name the file that has the thing' },
  { pattern: /\bvi\.(?:mock|spyOn)\(/, instead: 'test the real part, or a small fake in test/kit' },
  { pattern: /\b(?:FIX[M]E|X{3})\b/, instead: 'fix it, or open an issue', everywhere: true },
  { pattern: /\bTO[D]O\b(?!\([^)]{8,}\))/, instead: 'write TODO(the reason): …', everywhere: true },
  {
    pattern: /(?:oxlint|eslint)-disable(?!.* -- \S)|@ts-(?:ignore|expect-error)(?!.* -- \S)/,
    instead: 'append " -- reason"',
    everywhere: true,
  },
];

/** All text rules over one file; `root` is the checkout's own path, which must not be in a file. */
export function checkText(file: SourceFile, root: string): Finding[] {
  return [
    ...checkName(file),
    ...checkHeader(file),
    ...checkSize(file),
    ...file.lines.flatMap((line, at) => checkLine(file, line, at, root)),
  ];
}

function checkName({ path }: SourceFile): Finding[] {
  const folders = path.split('/');
  const name = folders.pop() ?? '';
  const words = [...folders, name].flatMap((part) => part.split(/[.-]/));
  const vague = words.find((word) => VAGUE_WORDS.has(word));
  if (vague !== undefined) {
    return [{ path, line: 1, message: `"${vague}" says nothing; say what it has` }];
  }
  if (name === 'index.ts') {
    return [{ path, line: 1, message: 'no index files; import the file that has the thing' }];
  }
  if (FILE_NAME.test(name)) return [];
  return [{ path, line: 1, message: 'file names are kebab-case, after their main export' }];
}

function checkHeader({ path, lines }: SourceFile): Finding[] {
  if (path.startsWith('test/')) return [];
  const first = lines.find((line) => !line.startsWith('#!') && !line.startsWith(TABLE_MARK)) ?? '';
  if (first.startsWith('/**') || first.startsWith('// ')) return [];
  return [{ path, line: 1, message: 'no header; open with what this file is, in 3-12 lines' }];
}

function checkSize({ path, lines }: SourceFile): Finding[] {
  const isTable = lines.slice(0, 3).some((line) => line.startsWith(TABLE_MARK));
  const count = lines.length - 1;
  if (isTable || count <= FILE_LINES_MAX) return [];
  const message = `${count} lines, limit ${FILE_LINES_MAX}; split it`;
  return [{ path, line: FILE_LINES_MAX, message }];
}

function checkLine(file: SourceFile, line: string, at: number, root: string): Finding[] {
  const code = file.codeLines[at] ?? '';
  const messages: string[] = [];
  if (line.length > LINE_COLUMNS_MAX && !isExcusedLong(file, line, code)) {
    messages.push(`${line.length} columns, limit ${LINE_COLUMNS_MAX}; break the line`);
  }
  for (const { pattern, instead, everywhere, within, except } of BANNED) {
    if (within !== undefined && !file.path.startsWith(within)) continue;
    if (except?.some((prefix) => file.path.startsWith(prefix))) continue;
    const found = pattern.exec(everywhere ? line : code);
    if (found !== null) messages.push(`"${found[0]}" here; ${instead}`);
  }
  if (line.includes(`${root}/`)) messages.push("this checkout's path; write a relative one");
  return messages.map((message) => ({ path: file.path, line: at + 1, message }));
}

/** Long runs without blanks anywhere, and in tests any text: zone lines and sentences. */
function isExcusedLong({ path }: SourceFile, line: string, code: string): boolean {
  if (line.split(/\s/).some((run) => run.length >= UNSPLITTABLE_SIZE_MIN)) return true;
  return path.startsWith('test/') && code.trim().replaceAll(/\s+/g, ' ').length < LINE_COLUMNS_MAX;
}
