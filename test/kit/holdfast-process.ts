/**
 * A long-running command of `holdfast` as a process of its own, as operators run it: started, waited
 * for until it says `ready`, and killed with the test.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const LAUNCHER = fileURLToPath(new URL('../../bin/holdfast.mjs', import.meta.url));
const READY_TIMEOUT_MS = 30_000;

export type AtEnd = (end: () => Promise<void>) => void;

export class HoldfastProcess {
  readonly child: ChildProcess;
  /** Log lines so far, parsed. */
  readonly lines: Record<string, unknown>[] = [];
  stderr = '';
  /** Resolves with the exit status, or the signal's name. */
  readonly exited: Promise<number | string>;

  /** @param atEnd takes what ends the process; outside a test (in beforeAll) there has to be one */
  constructor(args: readonly string[], atEnd: AtEnd = onTestFinished) {
    this.child = spawn(process.execPath, [LAUNCHER, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.exited = once(this.child, 'exit').then(
      ([code, signal]) => (code ?? signal) as number | string,
    );
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString();
    });
    atEnd(() => this.kill());
  }

  /** Resolves when it says `ready`; rejects with what it said instead. */
  async ready(): Promise<void> {
    const ready = Promise.withResolvers<void>();
    const timer = setTimeout(
      () => ready.reject(new Error(`not ready in time: ${this.stderr}`)),
      READY_TIMEOUT_MS,
    );
    const { stdout } = this.child;
    if (stdout === null) throw new Error('no standard output');
    createInterface({ input: stdout }).on('line', (line) => {
      const entry = JSON.parse(line) as Record<string, unknown>;
      this.lines.push(entry);
      if (entry['msg'] === 'ready') ready.resolve();
    });
    void this.exited.then((status) =>
      ready.reject(new Error(`ended with ${status} before ready: ${this.stderr}`)),
    );
    await ready.promise.finally(() => clearTimeout(timer));
  }

  /** Sends the signal and waits for the end: the exit status, or the signal's name. */
  async end(signal: NodeJS.Signals): Promise<number | string> {
    this.child.kill(signal);
    return this.exited;
  }

  /** Ends it in order; resolves with the exit status. */
  async stop(): Promise<number | string> {
    return this.end('SIGTERM');
  }

  /** Ends it as a power cut would end the process. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }
}
