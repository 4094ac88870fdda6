// The launcher and the door as a real process: signals, exit status, what a supervisor sees.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';

function start(...args: string[]) {
  const child = spawn(process.execPath, ['bin/holdfast.mjs', ...args], { stdio: 'pipe' });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

const statusOf = async (child: ChildProcess): Promise<unknown> => (await once(child, 'exit'))[0];

describe('holdfast as a process', () => {
  it('ends with the status of its command and says why on standard error', async () => {
    const child = start('check', 'config', '/nonexistent.yaml');
    const [status, said] = await Promise.all([statusOf(child), text(child.stderr)]);
    expect(status).toBe(1);
    expect(said).toMatch(/^holdfast: \/nonexistent\.yaml: no such file.*\(CONFIG_UNREADABLE\)\n$/);
  });

  it('up refuses a wrong key of the configuration in one line with its place', async () => {
    const file = join(await temporaryFolder(), 'h.yaml');
    await writeFile(file, 'nameserver:\n  lisen: []\n');
    const child = start('up', '--config', file);
    const [status, said] = await Promise.all([statusOf(child), text(child.stderr)]);
    expect(status).toBe(1);
    expect(said).toMatch(/:2:3: nameserver\.lisen: unknown key; known here: .*\blisten\b.*\n$/);
    expect(said.startsWith(file)).toBe(true);
  });
});
