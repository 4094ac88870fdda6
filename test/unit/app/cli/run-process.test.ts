// The life of a long-running command as a real process under signals.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../../../kit/run-process-program.ts', import.meta.url));

/** The program, its lines so far, and a wait for the next one that is `wanted`. */
function start(...args: string[]) {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: 'pipe' });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  const waiting = new Map<string, () => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    waiting.get(line)?.();
  });
  const said = async (wanted: string): Promise<void> => {
    if (lines.includes(wanted)) return;
    await new Promise<void>((resolve) => void waiting.set(wanted, resolve));
  };
  const ended = Promise.all([once(child, 'close'), text(child.stderr)]).then(
    ([[status], stderr]) => ({ status: status as number, stderr }),
  );
  return { child, lines, said, ended };
}

describe('a long-running command', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'closes in order and ends with 0 on %s',
    async (signal) => {
      const { child, lines, said, ended } = start('well');
      await said('ready');
      child.kill(signal);
      expect(await ended).toEqual({ status: 0, stderr: '' });
      expect(lines).toEqual(['starting', 'ready', 'closed', 'ended']);
    },
  );

  it.each([
    ['022', 'mask 27'],
    ['077', 'mask 77'],
  ])('keeps what it writes from others where the mask is %s', async (mask, said) => {
    const command = `umask ${mask}; exec "$0" "$1" mask`;
    const child = spawn('sh', ['-c', command, process.execPath, PROGRAM], { stdio: 'pipe' });
    onTestFinished(() => void child.kill('SIGKILL'));
    const found: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      found.push(line);
      if (line === 'ready') break;
    }
    expect(found).toEqual(['starting', said, 'ready']);
  });

  it('reloads on SIGHUP and goes on', async () => {
    const { child, lines, said, ended } = start('well');
    await said('ready');
    child.kill('SIGHUP');
    await said('reloaded');
    child.kill('SIGTERM');
    await ended;
    expect(lines).toEqual(['starting', 'ready', 'reloaded', 'closed', 'ended']);
  });

  it('says on SIGHUP that it has nothing to reload where that is so', async () => {
    const { child, said, ended } = start('fixed');
    await said('ready');
    child.kill('SIGHUP');
    await said('nothing to read again here; restart to put a changed configuration into effect');
    child.kill('SIGTERM');
    expect((await ended).status).toBe(0);
  });

  it('closes what it started when the signal came during the start', async () => {
    const { child, lines, said, ended } = start('slow');
    await said('starting');
    child.kill('SIGTERM');
    expect((await ended).status).toBe(0);
    expect(lines).toEqual(['starting', 'ready', 'closed', 'ended']);
  });

  it('says in one line why it cannot start', async () => {
    expect(await start('fail').ended).toEqual({
      status: 1,
      stderr: 'holdfast: port 5300 is taken; choose another (PORT_TAKEN)\n',
    });
  });

  it('closes and ends with 1 when it can no longer work', async () => {
    const { lines, ended } = start('give-up');
    expect(await ended).toEqual({ status: 1, stderr: 'holdfast: the disk is gone (GAVE_UP)\n' });
    expect(lines).toContain('closed');
  });

  it('closes and ends with 1 on an error that nobody caught, without a stack trace', async () => {
    const { lines, ended } = start('throw');
    expect(await ended).toEqual({
      status: 1,
      stderr: 'holdfast: internal error, please report it: nobody caught this\n',
    });
    expect(lines).toContain('closed');
  });

  it('is cut off with 1 when closing takes too long', async () => {
    const { child, said, ended } = start('stuck');
    await said('ready');
    child.kill('SIGTERM');
    const { status, stderr } = await ended;
    expect(status).toBe(1);
    expect(stderr).toContain('(STOP_LATE)');
  });

  it('stops when its standard input closes, if it is a child of up', async () => {
    const { child, said, ended } = start('well', 'supervised');
    await said('ready');
    child.stdin.end();
    expect(await ended).toEqual({ status: 0, stderr: '' });
  });
});
