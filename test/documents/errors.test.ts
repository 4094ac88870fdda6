// docs/reference/errors.md equals the codes in the code.
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { explainedCodes, readRaisedCodes } from '../../tools/reference/error-codes.ts';

describe('the page of error codes', () => {
  it('explains every error code once, and none that the code does not raise', async () => {
    const { raised, literals } = await readRaisedCodes('.');
    const explained = explainedCodes(await readFile('docs/reference/errors.md', 'utf8'));
    const unexplained = [...raised].filter(([code]) => !explained.includes(code));
    expect(unexplained, 'raised, not in docs/reference/errors.md').toEqual([]);
    const unknown = explained.filter((code) => !literals.has(code));
    expect(unknown, 'in docs/reference/errors.md, raised nowhere').toEqual([]);
    expect(explained.filter((code, at) => explained.indexOf(code) !== at)).toEqual([]);
  });
});
