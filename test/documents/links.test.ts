// Every relative link of every page leads to a file, and every path in backquotes that looks like
// one of ours exists.

import { globSync } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const PAGES = ['*.md', 'docs/**/*.md'].flatMap((pattern) => globSync(pattern)).sort();
const LINK = /\]\((?!https?:|#|mailto:)([^)#\s]+)/g;
const PATH = /`((?:src|test|tools|config|docs|zones|bin)\/[a-z0-9./-]+\.(?:ts|mjs|md|yaml|zone))`/g;

describe.each(PAGES)('%s', (page) => {
  it('names only files that are there', async () => {
    const text = await readFile(page, 'utf8');
    const targets = [
      ...[...text.matchAll(LINK)].map(([, target = '']) => join(dirname(page), target)),
      ...[...text.matchAll(PATH)].map(([, target = '']) => target),
    ];
    const missing: string[] = [];
    for (const target of targets) await access(target).catch(() => missing.push(target));
    expect(missing).toEqual([]);
  });
});
