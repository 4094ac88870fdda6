// `npm start`, ended by whoever started it: a supervisor knows npm's process and no other.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../kit/temporary-folder.ts';
import { LAUNCHER, startUpProcess } from '../../kit/up-process.ts';

describe('npm start', () => {
  it('ends everything when npm is told to end', { timeout: 60_000 }, async () => {
    const folder = await temporaryFolder();
    const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as {
      scripts: { start: string };
    };
    const start = scripts.start.replace('bin/holdfast.mjs', `"${LAUNCHER}"`);
    await writeFile(join(folder, 'package.json'), JSON.stringify({ scripts: { start } }));
    const up = await startUpProcess(folder, { command: ['npm', 'start'] });
    await up.stop();
    const health = up.own('http://127.0.0.1:8081/healthz');
    await expect.poll(() => isAnswered(health)).toBe(false);
  });
});

async function isAnswered(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}
