// docs/reference/errors.md equals the codes in the code.
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import {
  explainedCodes,
  findRaisedCodes,
  readRaisedCodes,
} from '../../tools/reference/error-codes.ts';
import { makeSourceFile } from '../../tools/tidy/source-file.ts';

describe('the page of error codes', () => {
  it('explains every error code once, and none that the code does not raise', async () => {
    const explained = explainedCodes(await readFile('docs/reference/errors.md', 'utf8'));
    const { raised, literals } = await readRaisedCodes('.', explained);
    const unexplained = [...raised].filter(([code]) => !explained.includes(code));
    expect(unexplained, 'raised, not in docs/reference/errors.md').toEqual([]);
    const unknown = explained.filter((code) => !literals.has(code));
    expect(unknown, 'in docs/reference/errors.md, raised nowhere').toEqual([]);
    expect(explained.filter((code, at) => explained.indexOf(code) !== at)).toEqual([]);
  });
});

function codesOf(text: string, explained: string[] = []): string[] {
  return [...findRaisedCodes([makeSourceFile('src/a.ts', text)], explained).raised.keys()];
}

describe('the search for error codes', () => {
  it('finds a code in a constructor, a report, a finding and the type of a code', () => {
    expect(codesOf("throw new DiskError(\n  'DISK_FULL',\n  'full');")).toEqual(['DISK_FULL']);
    expect(codesOf("super('DISK_GONE', text);")).toEqual(['DISK_GONE']);
    expect(codesOf("report.warn('FILE_TTL', place, text);")).toEqual(['FILE_TTL']);
    expect(codesOf("found.push({ code: 'ZONE_OLD' });")).toEqual(['ZONE_OLD']);
    expect(codesOf("type DiskErrorCode =\n  /** Slow. */\n  | 'DISK_SLOW';")).toEqual([
      'DISK_SLOW',
    ]);
  });

  it('finds a code of a known family wherever it is handed on', () => {
    const choice = "return isFull ? 'DISK_FULL' : 'LEVEL_LOCKED';";
    expect(codesOf(choice)).toEqual([]);
    expect(codesOf(choice, ['DISK_GONE'])).toEqual(['DISK_FULL']);
  });

  it('does not take a sentence for code', () => {
    expect(codesOf("// as in new DiskError('DISK_FULL')\n/** or code: 'DISK_FULL' */")).toEqual([]);
  });
});
