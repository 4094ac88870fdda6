// What people read when a command fails: one line, with what to do.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reportFailure } from '#app/cli/report-failure.ts';
import { CodedError, UsageError } from '#base/coded-error.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';

describe('the report of a failure', () => {
  it('is the message with its code, on one line', () => {
    const error = new CodedError('STORE_LOCKED', 'the store is open\n  elsewhere; stop it');
    expect(reportFailure(error)).toEqual({
      exitCode: 1,
      lines: ['holdfast: the store is open; elsewhere; stop it (STORE_LOCKED)'],
    });
  });

  it('has no code for wrong usage, and status 2', () => {
    const { exitCode, lines } = reportFailure(new UsageError('--at noon: write a time'));
    expect({ exitCode, lines }).toEqual({
      exitCode: 2,
      lines: ['holdfast: --at noon: write a time'],
    });
  });

  it('says what to do about an error of the system', async () => {
    const file = join(await temporaryFolder(), 'data');
    await writeFile(file, '');
    const error: unknown = await mkdir(join(file, 'store')).catch((each: unknown) => each);
    const [line] = reportFailure(error).lines;
    expect(line).toMatch(/^holdfast: ENOTDIR: .*data\/store'; a file is where .* \(ENOTDIR\)$/);
    const denied = Object.assign(new Error("EACCES: permission denied, mkdir '/d'"), {
      code: 'EACCES',
    });
    expect(reportFailure(denied).lines[0]).toMatch(/mkdir '\/d'; let the user .*own it/);
  });

  it('asks to report what nobody foresaw', () => {
    expect(reportFailure(new TypeError('x is not a function')).lines).toEqual([
      'holdfast: internal error, please report it: x is not a function',
    ]);
  });
});
