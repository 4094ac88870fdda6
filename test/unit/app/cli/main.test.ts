// The launcher and the door as a real process: signals, exit status, what a supervisor sees.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePort } from '../../../kit/free-port.ts';
import { temporaryFolder } from '../../../kit/temporary-folder.ts';

function start(...args: string[]) {
  return startWith({}, ...args);
}

function startWith(variables: Record<string, string>, ...args: string[]) {
  const env = { ...process.env, ...variables };
  const child = spawn(process.execPath, ['bin/holdfast.mjs', ...args], { stdio: 'pipe', env });
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

  it('says ready at every level of the log, and up sees it of its children', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'h.yaml');
    await writeFile(file, `sla: { listen: "127.0.0.1:${await freePort()}" }\n`);
    const child = startWith({ HOLDFAST_LOG_LEVEL: 'silent' }, 'up', '--config', file);
    const status = statusOf(child);
    const said: unknown[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      said.push((JSON.parse(line) as { msg: unknown }).msg);
      if (said.at(-1) === 'ready') child.kill('SIGTERM');
    }
    expect(said).toEqual(['child is ready', 'ready']);
    expect(await status).toBe(0);
  });

  it('refuses a level of the log that there is not', async () => {
    const file = join(await temporaryFolder(), 'h.yaml');
    await writeFile(file, '{}\n');
    const child = startWith({ HOLDFAST_LOG_LEVEL: 'loud' }, 'up', '--config', file);
    const [status, said] = await Promise.all([statusOf(child), text(child.stderr)]);
    expect(status).toBe(2);
    expect(said).toMatch(/^holdfast: HOLDFAST_LOG_LEVEL=loud: write one of trace, .*, silent\n$/);
  });

  it('says in one line that nobody reads its output any more', async () => {
    const child = start('--help');
    child.stdout.destroy();
    const [status, said] = await Promise.all([statusOf(child), text(child.stderr)]);
    expect(status).toBe(1);
    expect(said).toMatch(/^holdfast: standard output was closed .*\(OUTPUT_CLOSED\)\n$/);
  });

  it('up goes on when nobody reads its log any more', async () => {
    const file = join(await temporaryFolder(), 'h.yaml');
    const port = await freePort();
    await writeFile(file, `sla: { listen: "127.0.0.1:${port}" }\n`);
    const child = start('up', '--config', file);
    child.stdout.destroy();
    const status = statusOf(child);
    const answered = async (): Promise<number> => (await fetch(`http://127.0.0.1:${port}/`)).status;
    await expect.poll(answered, { timeout: 10_000 }).toBe(200);
    child.kill('SIGTERM');
    expect(await status).toBe(0);
  });
});
