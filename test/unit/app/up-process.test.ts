// `holdfast up` over stand-in children: start in waves, failure, restart, stop, parent's death.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseConfiguration } from '#app/config/load-configuration.ts';
import { type RunningProcess, STOP_LIMIT_MS } from '#app/running-process.ts';
import type { ChildCommand } from '#app/supervised-child.ts';
import { startUp } from '#app/up-process.ts';
import { openClock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { seededRandom } from '#base/random.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const PROGRAM = fileURLToPath(new URL('../../kit/child-program.ts', import.meta.url));
const configuration = parseConfiguration('up.yaml', 'nameserver: {}');

function child(name: string, ...args: string[]): ChildCommand {
  return { name, program: process.execPath, args: [PROGRAM, ...args], environment: process.env };
}

interface Up {
  running: RunningProcess;
  /** Process ids in the order of their `ready`. */
  pids: number[];
}

async function up(waves: ChildCommand[][]): Promise<Up> {
  const pids: number[] = [];
  const running = await startUp(
    {
      configuration,
      waves,
      forward: (line) => void pids.push((JSON.parse(line) as { pid: number }).pid),
    },
    { log: silentLog(), clock: openClock({ kind: 'system' }), random: seededRandom(1) },
  );
  return { running, pids };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function until(condition: () => boolean): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setInterval(() => {
    if (condition()) resolve();
  }, 10);
  await promise;
  clearInterval(timer);
}

describe('up', () => {
  it('is ready when all children are, and leaves none behind', async () => {
    const { running, pids } = await up([[child('serve')], [child('sla'), child('probe')]]);
    expect(pids).toHaveLength(3);
    expect(pids.every(isAlive)).toBe(true);
    await running.close();
    expect(pids.some(isAlive)).toBe(false);
  });

  it('leaves the word `ready` to the one line that is about all', async () => {
    const messages: string[] = [];
    const running = await startUp(
      {
        configuration,
        waves: [[child('serve')], [child('sla')]],
        forward: (line) => void messages.push((JSON.parse(line) as { msg: string }).msg),
      },
      { log: silentLog(), clock: openClock({ kind: 'system' }), random: seededRandom(1) },
    );
    await running.close();
    expect(messages).toEqual(['child is ready', 'child is ready']);
  });

  it('fails with what a child said when it cannot start, and stops the others', async () => {
    const pids: number[] = [];
    const waves = [[child('serve')], [child('sla', 'fail', 'port 8082 is taken')]];
    const started = startUp(
      { configuration, waves, forward: (line) => void pids.push(JSON.parse(line).pid) },
      { log: silentLog(), clock: openClock({ kind: 'system' }), random: seededRandom(1) },
    );
    await expect(started).rejects.toMatchObject({
      code: 'CHILD_FAILED',
      message: 'sla: port 8082 is taken',
    });
    expect(pids).toHaveLength(1);
    expect(pids.some(isAlive)).toBe(false);
  });

  it('that is told to stop while a child is starting does not wait for it', async () => {
    const stopping = new AbortController();
    const pids: number[] = [];
    const forward = (line: string): void => {
      pids.push((JSON.parse(line) as { pid: number }).pid);
      stopping.abort();
    };
    const waves = [[child('serve'), child('rdds', 'mute')], [child('probe')]];
    const started = startUp(
      { configuration, waves, forward, stopping: stopping.signal },
      { log: silentLog(), clock: openClock({ kind: 'system' }), random: seededRandom(1) },
    );
    await expect(started).rejects.toThrow(/^rdds: /);
    expect(pids).toHaveLength(1);
    expect(pids.some(isAlive)).toBe(false);
  });

  it('says so when the program of a child is not there', async () => {
    const missing = { ...child('serve'), program: '/nonexistent/holdfast' };
    await expect(up([[missing]])).rejects.toThrow(/serve: .*ENOENT/);
  });

  it('starts a child again that dies', async () => {
    const mark = join(await temporaryFolder(), 'died');
    const { running, pids } = await up([[child('serve', 'die-once', mark)]]);
    onTestFinished(() => running.close());
    await until(() => pids.length === 2);
    expect(isAlive(pids[1] ?? 0)).toBe(true);
  });

  it('stops within the limit although a child is deaf to SIGTERM', async () => {
    const { running, pids } = await up([[child('serve', 'deaf')]]);
    const startedAt = performance.now();
    await running.close();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(isAlive(pids[0] ?? 0)).toBe(false);
  });

  it('says of no child that it did not stop because it stood still itself', async () => {
    const said: string[] = [];
    const log = pino({}, { write: (line) => void said.push(line) });
    const running = await startUp(
      { configuration, waves: [[child('serve')]], forward: () => undefined },
      { log, clock: openClock({ kind: 'system' }), random: seededRandom(1) },
    );
    const closed = running.close();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STOP_LIMIT_MS);
    await closed;
    expect(said.join('')).not.toContain('did not stop');
  });

  it('refuses a configuration with nothing to run', async () => {
    const empty = parseConfiguration('up.yaml', 'admin: {}');
    const parts = {
      log: silentLog(),
      clock: openClock({ kind: 'system' }),
      random: seededRandom(1),
    };
    await expect(startUp({ configuration: empty }, parts)).rejects.toThrow('nothing to run');
  });
});

describe('a child', () => {
  it('ends when its standard input does, as when its parent is killed', async () => {
    const { program, args } = child('serve');
    const started = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(started.stdout, 'data');
    started.stdin.end();
    expect(await once(started, 'exit')).toEqual([0, null]);
  });
});
