/**
 * System calls of a running process that fail, as they do on a disk that is breaking: `strace` stands
 * between the process and the kernel and has chosen calls return an error without being made, in all
 * of its threads, also those that it starts later. With `paths` only calls on these files fail (named
 * exactly, as they are called when it begins: files that the process makes later do not fail).
 * Everything runs on at a fraction of its speed meanwhile. Needs Debian's `strace`
 * (`peersMissing('strace')`) and the right to trace: one's own children, or root.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { findPeer } from './peers.ts';
import { temporaryFolder } from './temporary-folder.ts';

const ATTACH_TIMEOUT_MS = 10_000;

/** Every way in which LevelDB, Node and libuv bring a file to the disk. */
export const SYNC_CALLS = ['fsync', 'fdatasync'] as const;

export interface FaultyCalls {
  /** Names of system calls on this machine's kernel: `fsync`, `write`, `pwrite64`, `openat`. */
  calls: readonly string[];
  /** What they return: `EIO`, `EROFS`, `ENOSPC`. */
  error: string;
  /** Which of them, as strace counts each thread's calls: `3` is the third, `2+` all but the first. */
  when?: string;
  /** Only calls on these files and folders, by path or by a descriptor opened on it. */
  paths?: readonly string[];
}

export class FaultInjector {
  readonly #child: ChildProcess;
  readonly #trace: string;
  readonly #exited: Promise<unknown>;

  private constructor(child: ChildProcess, trace: string) {
    this.#child = child;
    this.#trace = trace;
    this.#exited = once(child, 'exit');
  }

  /** Resolves when the calls fail; ends with the test at the latest. */
  static async attach(pid: number, faulty: FaultyCalls): Promise<FaultInjector> {
    const trace = join(await temporaryFolder(), 'strace');
    const program = findPeer('strace');
    if (program === undefined) throw new Error('no strace: apt-get install strace');
    const child = spawn(program, argumentsFor(pid, faulty, trace), {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const injector = new FaultInjector(child, trace);
    onTestFinished(() => void child.kill());
    await injector.#attached();
    return injector;
  }

  /** How many calls have failed so far. */
  async countInjected(): Promise<number> {
    return (await readFile(this.#trace, 'utf8')).split('(INJECTED)').length - 1;
  }

  /** The process goes on as if nothing had been. Resolves with how many calls have failed. */
  async detach(): Promise<number> {
    this.#child.kill();
    await this.#exited;
    return this.countInjected();
  }

  async #attached(): Promise<void> {
    const attached = Promise.withResolvers<void>();
    let said = '';
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (/ attached/.test(said)) attached.resolve();
    });
    const refuse = (): void => attached.reject(new Error(`strace does not attach: ${said}`));
    void this.#exited.then(refuse, refuse);
    const timer = setTimeout(refuse, ATTACH_TIMEOUT_MS);
    await attached.promise.finally(() => clearTimeout(timer));
  }
}

function argumentsFor(pid: number, faulty: FaultyCalls, trace: string): string[] {
  const { calls, error, when, paths = [] } = faulty;
  const names = calls.join(',');
  const nth = when === undefined ? '' : `:when=${when}`;
  const only = paths.flatMap((path) => ['-P', path]);
  const inject = `inject=${names}:error=${error}${nth}`;
  return ['-f', '-o', trace, '-e', `trace=${names}`, '-e', inject, ...only, '-p', String(pid)];
}
