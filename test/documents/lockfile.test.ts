/** The lockfile names what every platform needs, so that `npm ci` takes it, and no download address. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { missingEntries } from '../../tools/complete-lockfile.ts';

it('is complete: "node tools/complete-lockfile.ts" would add nothing', async () => {
  const lock = JSON.parse(await readFile('package-lock.json', 'utf8')) as Parameters<
    typeof missingEntries
  >[0];
  expect([...missingEntries(lock).keys()]).toEqual([]);
});

it('records no download address', async () => {
  expect(await readFile('package-lock.json', 'utf8')).not.toMatch(/"resolved": *"http/);
});
