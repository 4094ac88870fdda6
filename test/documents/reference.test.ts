// The reference pages equal the code; `node tools/write-reference.ts` brings them up to date.
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { apiReference } from '../../tools/reference/api-reference.ts';
import { commandReference } from '../../tools/reference/command-reference.ts';
import { configurationReference } from '../../tools/reference/configuration-reference.ts';
import { findGenerated } from '../../tools/reference/generated-part.ts';

const page = (name: string): Promise<string> => readFile(`docs/reference/${name}.md`, 'utf8');

describe('the reference', () => {
  it('lists every key of the configuration with its default', async () => {
    expect(findGenerated(await page('configuration'), 'keys')).toBe(configurationReference());
  });

  it('lists every request of the admin API with its answers', async () => {
    expect(findGenerated(await page('admin-api'), 'requests')).toBe(await apiReference());
  });

  it('lists every command with its options', async () => {
    expect(findGenerated(await page('cli'), 'commands')).toBe(commandReference());
  });
});
