// The reference pages equal the code; `node tools/write-reference.ts` brings them up to date.
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { commandReference } from '../../tools/reference/command-reference.ts';
import { configurationReference } from '../../tools/reference/configuration-reference.ts';
import { explainedCodes, readRaisedCodes } from '../../tools/reference/error-codes.ts';
import { findGenerated } from '../../tools/reference/generated-part.ts';

const page = (name: string): Promise<string> => readFile(`docs/reference/${name}.md`, 'utf8');

describe('the reference', () => {
  it('lists every key of the configuration with its default', async () => {
    expect(findGenerated(await page('configuration'), 'keys')).toBe(configurationReference());
  });

  it('lists every command with its options', async () => {
    expect(findGenerated(await page('cli'), 'commands')).toBe(commandReference());
  });

  it('explains every error code once, and none that the code does not raise', async () => {
    const { raised, literals } = await readRaisedCodes('.');
    const explained = explainedCodes(await page('errors'));
    const unexplained = [...raised].filter(([code]) => !explained.includes(code));
    expect(unexplained, 'raised, not in docs/reference/errors.md').toEqual([]);
    const unknown = explained.filter((code) => !literals.has(code));
    expect(unknown, 'in docs/reference/errors.md, raised nowhere').toEqual([]);
    expect(explained.filter((code, at) => explained.indexOf(code) !== at)).toEqual([]);
  });
});
