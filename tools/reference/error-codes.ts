/**
 * The stable error codes: those that the code raises, and those that the reference page explains.
 *
 * A code is a string literal in the code (comments do not count) and is known by where it stands:
 * the first argument of an error's constructor or of `super`, of a report's or a check's `error` or
 * `warn`, a member `code:`, or an alternative of a type `…ErrorCode`. Whatever is handed on in
 * other ways is known by its family, its first word: a family that one such place raises, or that
 * the page explains, is ours everywhere.
 */
import { readSourceFiles, type SourceFile } from '../tidy/source-file.ts';

const CODE = "'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)'";
const RAISED = [
  `\\b(?:new \\w*Error|super)\\(\\s*${CODE}`,
  `\\.(?:error|warn)\\(\\s*${CODE}`,
  `\\bcode: ${CODE}`,
].map((pattern) => new RegExp(pattern, 'g'));
const CODE_TYPE = /\btype \w*ErrorCode =([^;]*);/g;
const LITERAL = new RegExp(CODE, 'g');
const EXPLAINED = /^\| `([A-Z0-9_]+)` \|/gm;

export interface CodeUse {
  /** Each code with the file that raises it. */
  raised: Map<string, string>;
  /** Every literal that looks like a code. */
  literals: Set<string>;
}

/** What the files of `src` under `root` raise; `explained` are the codes of the page. */
export async function readRaisedCodes(
  root: string,
  explained: readonly string[],
): Promise<CodeUse> {
  return findRaisedCodes(await readSourceFiles(root, 'src'), explained);
}

export function findRaisedCodes(
  files: readonly SourceFile[],
  explained: readonly string[],
): CodeUse {
  const raised = new Map<string, string>();
  const literals = new Map<string, string>();
  for (const file of files) {
    const text = withoutComments(file);
    for (const code of codesRaisedIn(text)) raised.set(code, file.path);
    for (const [, code = ''] of text.matchAll(LITERAL)) literals.set(code, file.path);
  }
  const families = new Set([...raised.keys(), ...explained].map(familyOf));
  for (const [code, path] of literals) {
    if (code.includes('_') && families.has(familyOf(code))) raised.set(code, path);
  }
  return { raised, literals: new Set(literals.keys()) };
}

function codesRaisedIn(text: string): string[] {
  const calls = RAISED.flatMap((pattern) => [...text.matchAll(pattern)]);
  const types = [...text.matchAll(CODE_TYPE)].flatMap(([, body = '']) => [
    ...body.matchAll(LITERAL),
  ]);
  return [...calls, ...types].map(([, code = '']) => code);
}

function familyOf(code: string): string {
  return code.split('_', 1)[0] ?? code;
}

/** The lines that have any code on them: sentences that name a code do not raise it. */
function withoutComments({ lines, codeLines }: SourceFile): string {
  return lines.filter((_, at) => codeLines[at]?.trim() !== '').join('\n');
}

/** In the order of the page. */
export function explainedCodes(page: string): string[] {
  return [...page.matchAll(EXPLAINED)].map(([, code = '']) => code);
}
