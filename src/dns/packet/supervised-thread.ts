/**
 * A worker thread that is replaced when it dies, and ended when it hangs. The successor gets the
 * same start, hence the same sockets, counters and slow ring: what the kernel has queued meanwhile
 * it answers.
 *
 *   starting ──ready──> running ──exit──> (delay) ──> starting
 *      │                   └──hangs──> terminated ──exit──┘
 *      └──failed or exit before the first ready──> start() rejects
 *
 * The first deaths are made good at once; when they come faster than RESTARTS_MAX in
 * RESTART_WINDOW_MS each further one waits RESTART_DELAY_MS, so that a thread that cannot live does
 * not take a core. It never gives up: the sockets are ours and nobody else would answer them.
 */
import { Worker } from 'node:worker_threads';
import type { Clock } from '#base/clock.ts';
import { errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import { NetError } from '#net/net-error.ts';
import {
  post,
  type SlowGone,
  type SlowReport,
  type SlowTaken,
  type ThreadOrder,
  type ThreadReport,
  type ThreadStart,
} from './thread-start.ts';
import { ThreadWatchdog, WATCH_INTERVAL_MS } from './thread-watchdog.ts';

const RESTARTS_MAX = 5;
const RESTART_WINDOW_MS = 60_000;
const RESTART_DELAY_MS = 2_000;
const STOP_WAIT_MS = 1_600;

export interface SupervisedThreadOptions {
  /** In the log. */
  name: string;
  module: URL;
  /** Asked at each start: a successor may need fresh descriptors. */
  makeStart(): ThreadStart;
  /** `order` reaches the very thread that reported, never its successor. */
  onSlow(report: SlowReport | SlowTaken | SlowGone, order: (order: ThreadOrder) => void): void;
  /** Rounds of its loop so far; see thread-watchdog.ts. */
  beats(): number;
  /** Called when it has ended, by a death or by `stop`: nothing more comes from that worker. */
  onEnd(): void;
  /** Called after each death. */
  onDeath(): void;
  log: Log;
  clock: Clock;
}

export class SupervisedThread {
  readonly #options: SupervisedThreadOptions;
  readonly #watchdog = new ThreadWatchdog();
  #worker: Worker | undefined;
  #watchTimer: NodeJS.Timeout | undefined;
  #deathsMs: number[] = [];
  #restartTimer: NodeJS.Timeout | undefined;
  #isStopping = false;
  /** Why the worker ended, as far as it is known. */
  #cause = '';

  constructor(options: SupervisedThreadOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the thread answers.
   * @throws NetError with the thread's own code, or NET_THREAD_FAILED
   */
  async start(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const { name, module } = this.#options;
    const worker = new Worker(module, { workerData: this.#options.makeStart(), name });
    this.#worker = worker;
    let isReady = false;
    this.#cause = 'it ended without saying why';
    worker.on('message', (report: ThreadReport) => {
      if (report.kind === 'failed') reject(new NetError(report.code, report.message));
      else if (report.kind === 'ready') {
        isReady = true;
        this.#watch(worker);
        resolve();
      } else this.#options.onSlow(report, (order) => post(worker, order));
    });
    worker.on('error', (error) => {
      this.#cause = errorMessage(error);
    });
    worker.on('exit', () => {
      clearInterval(this.#watchTimer);
      this.#options.onEnd();
      reject(new NetError('NET_THREAD_FAILED', `thread ${name} did not start: ${this.#cause}`));
      if (isReady && !this.#isStopping) this.#replace(this.#cause);
    });
    await promise;
  }

  /** Hands an order to the thread's event loop; lost if the thread is dead. */
  order(order: ThreadOrder): void {
    if (this.#worker !== undefined) post(this.#worker, order);
  }

  /** Ends the running thread as a crash would; its successor follows. For tests of that. */
  async kill(): Promise<void> {
    await this.#worker?.terminate();
  }

  /** Waits for the thread, which has been told to stop, and ends it if it does not. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#restartTimer);
    const worker = this.#worker;
    if (worker === undefined || worker.threadId === -1) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    worker.once('exit', () => resolve());
    post(worker, { kind: 'stop' });
    const late = setTimeout(() => void worker.terminate(), STOP_WAIT_MS);
    await promise;
    clearTimeout(late);
  }

  #watch(worker: Worker): void {
    const options = this.#options;
    this.#watchdog.reset();
    this.#watchTimer = setInterval(() => {
      if (this.#isStopping || !this.#watchdog.look(options.beats())) return;
      options.log.error({ thread: options.name }, 'thread hangs, ending it');
      this.#cause = 'it hung';
      void worker.terminate();
    }, WATCH_INTERVAL_MS);
  }

  #replace(cause: string): void {
    const { name, log, clock } = this.#options;
    const nowMs = clock.monotonicUs() / 1000;
    this.#deathsMs = this.#deathsMs.filter((deathMs) => nowMs - deathMs < RESTART_WINDOW_MS);
    this.#deathsMs.push(nowMs);
    const delayMs = this.#deathsMs.length > RESTARTS_MAX ? RESTART_DELAY_MS : 0;
    log.error({ thread: name, cause, delayMs }, 'thread died, starting its successor');
    this.#options.onDeath();
    this.#restartTimer = setTimeout(() => {
      this.start().catch((error: unknown) => {
        if (!this.#isStopping) this.#replace(errorMessage(error));
      });
    }, delayMs);
  }
}
