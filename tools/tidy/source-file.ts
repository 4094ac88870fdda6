/**
 * A source file as the rules see it: its text, its lines, and the same lines with comments and the
 * insides of strings blanked out, so that a word in a sentence is not taken for code. The scanner
 * knows strings, templates (with code inside `${}`), comments and regular expressions; that is
 * enough for files that the compiler accepts.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

export interface Finding {
  /** Relative to the root of the project, with forward slashes. */
  path: string;
  /** Counts from 1. */
  line: number;
  message: string;
}

export interface SourceFile {
  path: string;
  text: string;
  lines: readonly string[];
  /** Comments and string contents are blanks here; same lines, same columns. */
  codeLines: readonly string[];
}

/** Every .ts file under `folder` of `root`, sorted by path; none if the folder is missing. */
export async function readSourceFiles(root: string, folder: string): Promise<SourceFile[]> {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true }).catch(
    () => [],
  );
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
  return Promise.all(
    paths.map(async (path) => makeSourceFile(path, await readFile(join(root, path), 'utf8'))),
  );
}

export function makeSourceFile(path: string, text: string): SourceFile {
  return { path, text, lines: text.split('\n'), codeLines: blankNonCode(text).split('\n') };
}

const STRING = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/y;
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const REGEX = /\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y;
/** What a `/` may follow when it opens a regular expression rather than divides. */
const REGEX_MAY_FOLLOW = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|of|in))\s*$/;

/** The text with comments, string contents and regular expressions as blanks; newlines stay. */
export function blankNonCode(text: string): string {
  let out = '';
  let at = 0;
  /** Depth of braces at which each open template's `${` was met. */
  const templates: number[] = [];
  let depth = 0;
  const take = (end: number, isCode: boolean): void => {
    const part = text.slice(at, end);
    out += isCode ? part : part.replaceAll(/[^\n]/g, ' ');
    at = end;
  };
  while (at < text.length) {
    const end = endOfNonCode(text, at, out);
    if (end > at) {
      take(end, false);
      continue;
    }
    const character = text[at];
    if (character === '{') depth += 1;
    if (character === '}') {
      depth -= 1;
      if (templates.at(-1) === depth) {
        templates.pop();
        at = endTemplatePart(text, at + 1, (isOpen) => isOpen && templates.push(depth++));
        out += blankOf(text, out.length, at);
        continue;
      }
    }
    if (character === '`') {
      at = endTemplatePart(text, at + 1, (isOpen) => isOpen && templates.push(depth++));
      out += blankOf(text, out.length, at);
      continue;
    }
    take(at + 1, true);
  }
  return out;
}

function blankOf(text: string, from: number, to: number): string {
  return text.slice(from, to).replaceAll(/[^\n]/g, ' ');
}

/** The end of the string, comment or regular expression that starts at `at`, else `at`. */
function endOfNonCode(text: string, at: number, before: string): number {
  for (const pattern of [COMMENT, STRING]) {
    pattern.lastIndex = at;
    if (pattern.test(text)) return pattern.lastIndex;
  }
  if (text[at] !== '/' || !REGEX_MAY_FOLLOW.test(before.slice(-40))) return at;
  REGEX.lastIndex = at;
  return REGEX.test(text) ? REGEX.lastIndex : at;
}

/** Where the template's text from `at` on ends: after its backtick, or after a `${`. */
function endTemplatePart(text: string, at: number, ended: (isOpen: boolean) => void): number {
  for (let next = at; next < text.length; next++) {
    if (text[next] === '\\') next += 1;
    else if (text[next] === '`') {
      ended(false);
      return next + 1;
    } else if (text.startsWith('${', next)) {
      ended(true);
      return next + 2;
    }
  }
  return text.length;
}
