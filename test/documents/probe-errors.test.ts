// docs/reference/probe-errors.md equals the codes in the code.
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { INTERNAL_CODES, UNANSWERED_CODES } from '#sla/probe/probe-error.ts';

function codesOf(part: string): string[] {
  return [...part.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code]) => code ?? '');
}

describe('the page of probe error codes', () => {
  it('explains every code once, under the outcome that it belongs to', async () => {
    const page = await readFile('docs/reference/probe-errors.md', 'utf8');
    const [, unanswered = '', internal = ''] = page.split(/^## /m);
    expect(codesOf(unanswered)).toEqual([...UNANSWERED_CODES]);
    expect(codesOf(internal)).toEqual([...INTERNAL_CODES]);
  });
});
