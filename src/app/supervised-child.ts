/**
 * One child process under supervision, with its life drawn here:
 *
 *     starting --ready--> running --dies--> waiting (back-off) --> starting
 *        |                   |                 | too many deaths
 *        +-dies--> failed    +--stop--> ended  +--> failed
 *
 * A child that dies before it was ready has failed for good: starting it again would say the same.
 * One that dies later is started again after a pause that doubles, at most DEATHS_MAX times within
 * DEATHS_WINDOW_MS. The child's JSON log lines pass through; only its `ready` becomes `child is
 * ready`, because who waits for `ready` in the parent's log waits for all. A child that loses its
 * standard input ends itself, so none outlives the parent.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { STOP_LIMIT_MS } from '#app/running-process.ts';
import type { Clock } from '#base/clock.ts';
import { CodedError } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';

const DEATHS_MAX = 5;
const DEATHS_WINDOW_MS = 600_000;
const BACKOFF_FIRST_MS = 500;
const BACKOFF_MAX_MS = 30_000;
const READY_LIMIT_MS = 120_000;
/** From SIGTERM to SIGKILL: less than the whole has, so that the parent can still report. */
const TERM_LIMIT_MS = STOP_LIMIT_MS - 200;
/** Lines of standard error kept to explain a death. */
const SAID_LINES_MAX = 20;

export interface ChildCommand {
  /** Name of the process in the log: `serve`, `probe`, `sla`. */
  name: string;
  program: string;
  args: readonly string[];
  environment: Record<string, string | undefined>;
}

interface ChildParts {
  clock: Clock;
  log: Log;
  /** Where the child's log lines go, each with its line end. */
  forward: (line: string) => void;
}

/** A child could not start, or died too often; the message ends with what it said last. */
export class ChildFailedError extends CodedError {
  constructor(message: string) {
    super('CHILD_FAILED', message);
  }
}

export class SupervisedChild {
  readonly #command: ChildCommand;
  readonly #parts: ChildParts;
  readonly #stop = new AbortController();
  readonly #failed = Promise.withResolvers<never>();
  #process: ChildProcess | undefined;
  #life: Promise<void> = Promise.resolve();
  /** Of the clock that never steps. */
  #deathsMs: number[] = [];

  constructor(command: ChildCommand, parts: ChildParts) {
    this.#command = command;
    this.#parts = parts;
    this.#failed.promise.catch(() => undefined);
  }

  /** Rejects with ChildFailedError once the child is given up; never resolves. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /** Resolves when the child is ready. @throws ChildFailedError CHILD_FAILED */
  async start(): Promise<void> {
    const run = this.#spawn();
    const outcome = await Promise.race([run.ready, run.ended]);
    if (outcome !== 'ready') {
      throw new ChildFailedError(`${this.#command.name}: ${outcome.replace(/^holdfast: /, '')}`);
    }
    this.#life = this.#watch(run.ended);
  }

  /** SIGHUP, for a reload. */
  hangUp(): void {
    this.#process?.kill('SIGHUP');
  }

  /** SIGTERM, then SIGKILL for one that does not listen. Resolves when the child is gone. */
  async close(): Promise<void> {
    this.#stop.abort();
    const running = this.#process;
    if (running !== undefined) {
      running.kill('SIGTERM');
      // A parent that stood still itself first hears of the end of children, then looks.
      const timer = setTimeout(() => setImmediate(() => this.#killLate(running)), TERM_LIMIT_MS);
      await this.#gone(running);
      clearTimeout(timer);
    }
    await this.#life;
  }

  #killLate(running: ChildProcess): void {
    if (hasEnded(running)) return;
    this.#parts.log.error({ child: this.#command.name }, 'child did not stop; killed');
    running.kill('SIGKILL');
  }

  async #gone(child: ChildProcess): Promise<void> {
    if (hasEnded(child)) return;
    await new Promise<void>((resolve) => void child.once('close', () => resolve()));
  }

  /** Starts the child again after each death until it is stopped or given up. */
  async #watch(firstEnd: Promise<string>): Promise<void> {
    const { log, clock } = this.#parts;
    const child = this.#command.name;
    let ended = firstEnd;
    for (;;) {
      const reason = await ended;
      if (this.#stop.signal.aborted) return;
      const nowMs = clock.monotonicUs() / 1000;
      this.#deathsMs = this.#deathsMs.filter((atMs) => nowMs - atMs < DEATHS_WINDOW_MS);
      this.#deathsMs.push(nowMs);
      const deaths = this.#deathsMs.length;
      if (deaths > DEATHS_MAX) {
        const often = `died ${deaths} times in ${DEATHS_WINDOW_MS / 1000} s`;
        this.#failed.reject(new ChildFailedError(`${child}: ${often}; at last: ${reason}`));
        return;
      }
      const pauseMs = Math.min(BACKOFF_FIRST_MS * 2 ** (deaths - 1), BACKOFF_MAX_MS);
      log.error(
        { child, reason, deaths, deathsMax: DEATHS_MAX, pauseMs },
        'child died; restarting',
      );
      await sleep(pauseMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      if (this.#stop.signal.aborted) return;
      const run = this.#spawn();
      void run.ready.then(() => log.info({ child }, 'child is back'));
      ended = run.ended;
    }
  }

  /** `ready` may never resolve; `ended` resolves with why the child is gone, in words. */
  #spawn(): { ready: Promise<'ready'>; ended: Promise<string> } {
    const { program, args, environment, name } = this.#command;
    // In a process group of its own: Ctrl-C in a terminal reaches the parent, which then stops the
    // children in order.
    const child = spawn(program, args, { stdio: 'pipe', env: environment, detached: true });
    this.#process = child;
    const ready = Promise.withResolvers<'ready'>();
    const ended = Promise.withResolvers<string>();
    const said: string[] = [];
    const timer = setTimeout(() => {
      said.push(`not ready within ${READY_LIMIT_MS / 1000} s`);
      child.kill('SIGKILL');
    }, READY_LIMIT_MS);
    createInterface({ input: child.stdout }).on('line', (line) => {
      const entry = readyEntry(line);
      if (entry === undefined) {
        this.#parts.forward(`${line}\n`);
        return;
      }
      this.#parts.forward(`${JSON.stringify({ ...entry, msg: 'child is ready' })}\n`);
      clearTimeout(timer);
      ready.resolve('ready');
    });
    createInterface({ input: child.stderr }).on('line', (line) => {
      said.push(line);
      if (said.length > SAID_LINES_MAX) said.shift();
      this.#parts.log.warn({ child: name, said: line }, 'child said');
    });
    child.stdin.on('error', () => undefined);
    child.on('error', (error) => {
      said.push(error.message);
      if (child.pid === undefined) ended.resolve(said.join('; '));
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const how = signal === null ? `exit status ${code}` : `killed by ${signal}`;
      ended.resolve(said.length === 0 ? how : said.join('; '));
    });
    return { ready: ready.promise, ended: ended.promise };
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** The one log line that supervisors wait for, read; undefined for every other. */
function readyEntry(line: string): object | undefined {
  if (!line.includes('"ready"')) return undefined;
  try {
    const entry = JSON.parse(line) as { msg?: unknown } | null;
    return entry?.msg === 'ready' ? entry : undefined;
  } catch {
    return undefined;
  }
}
