/**
 * Strict YAML: a text and a zod schema give a value, or every problem with its place. Unknown and
 * repeated keys, tags that the reader does not know and the parser's own warnings are all problems,
 * so a typing error in a configuration or a contract cannot be overlooked. The caller says which
 * coded error a problem becomes.
 */
import { isMap, isNode, isPair, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import type { z } from 'zod';
import type { FilePlace } from './coded-error.ts';

/** One problem: where, and `path: message`. */
export interface YamlProblem {
  place: FilePlace;
  detail: string;
}

export type YamlResult<T> = { value: T } | { problems: YamlProblem[] };

/** How often aliases may be expanded: a bomb of them is refused, not built. */
const ALIASES_MAX = 100;

/** Checks `text`, read from `file` (named in the problems only), against `schema`. */
export function checkYaml<T>(text: string, file: string, schema: z.ZodType<T>): YamlResult<T> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const placeOf = (offset: number): FilePlace => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    const problems = faults.map((fault) => ({
      place: placeOf(fault.pos[0]),
      detail: fault.message,
    }));
    return { problems };
  }
  let written: unknown;
  try {
    written = document.toJS({ maxAliasCount: ALIASES_MAX });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return { problems: [{ place: placeOf(0), detail: error.message }] };
  }
  const parsed = schema.safeParse(written, { error: inWords });
  if (parsed.success) return { value: parsed.data };
  const problems = parsed.error.issues.flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code !== 'unrecognized_keys') {
      const detail = `${path.join('.') || '(file)'}: ${issue.message}`;
      return [{ place: placeOf(offsetOf(document.contents, path)), detail }];
    }
    return issue.keys.map((key) => ({
      place: placeOf(offsetOf(document.contents, [...path, key], 'key')),
      detail: `${[...path, key].join('.')}: ${issue.message}`,
    }));
  });
  problems.sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
  return { problems };
}

/** What was wanted, for whoever wrote the file; a schema with words of its own is not asked. */
function inWords(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'unrecognized_keys':
      return 'unknown key';
    case 'invalid_type':
      if (issue.input === undefined) return `missing; write ${kindOf(issue.expected)}`;
      return `write ${kindOf(issue.expected)}`;
    case 'invalid_value': {
      const values = issue.values.map(String);
      return values.length === 1 ? `write ${values[0]}` : `write one of ${values.join(', ')}`;
    }
    case 'too_small':
      if (issue.origin === 'string') return 'must not be empty';
      if (issue.origin === 'array') return `write at least ${issue.minimum} of them`;
      return `write ${issue.inclusive === true ? 'at least' : 'more than'} ${issue.minimum}`;
    case 'too_big':
      if (issue.origin !== 'number') return undefined;
      return `write ${issue.inclusive === true ? 'at most' : 'less than'} ${issue.maximum}`;
    default:
      return undefined;
  }
}

const KINDS: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'a mapping of keys',
  record: 'a mapping of keys',
  string: 'a text',
};

function kindOf(expected: string): string {
  return KINDS[expected] ?? expected;
}

/** Offset of the node at `path`, or of the deepest ancestor that exists (for a missing key). */
function offsetOf(
  root: Node | null,
  path: readonly string[],
  want: 'key' | 'value' = 'value',
): number {
  let node: Node | null = root;
  let offset = node?.range?.[0] ?? 0;
  for (const [depth, step] of path.entries()) {
    const pair: Pair | undefined = isMap(node)
      ? node.items.find((item) => isPair(item) && isNode(item.key) && String(item.key) === step)
      : undefined;
    const child = pair === undefined ? itemAt(node, step) : pair.value;
    if (pair !== undefined && isNode(pair.key)) offset = pair.key.range?.[0] ?? offset;
    if (!isNode(child)) return offset;
    node = child;
    const isLast = depth === path.length - 1;
    if (!(isLast && want === 'key')) offset = node.range?.[0] ?? offset;
  }
  return offset;
}

function itemAt(node: Node | null, step: string): unknown {
  if (node === null || !('items' in node) || isMap(node) || !Array.isArray(node.items)) {
    return undefined;
  }
  return node.items[Number(step)];
}
