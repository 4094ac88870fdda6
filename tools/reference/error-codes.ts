/**
 * The stable error codes: those that the code raises, and those that the reference page explains.
 */
import { readSourceFiles } from '../tidy/source-file.ts';

/** A code is a literal: the first argument of an error's constructor, or of `super`. */
const RAISED = /\b(?:new \w*Error|super)\(\s*'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)'/g;
const LITERAL = /'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)'/g;
const EXPLAINED = /^\| `([A-Z0-9_]+)` \|/gm;

/** What src raises, with the file of each; and every literal that looks like a code. */
export async function readRaisedCodes(root: string) {
  const raised = new Map<string, string>();
  const literals = new Set<string>();
  for (const { path, text } of await readSourceFiles(root, 'src')) {
    for (const [, code = ''] of text.matchAll(RAISED)) raised.set(code, path);
    for (const [, code = ''] of text.matchAll(LITERAL)) literals.add(code);
  }
  return { raised, literals };
}

/** In the order of the page. */
export function explainedCodes(page: string): string[] {
  return [...page.matchAll(EXPLAINED)].map(([, code = '']) => code);
}
