/**
 * Results on their way to the spool: gathered for a moment, so that many probes share one write to
 * the disk. When the disk fails they are kept and tried again, up to a limit.
 */
import { errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import type { Result, Spool } from './spool.ts';

const GATHER_MS = 250;
const RESULTS_MAX = 100_000;

export class ResultQueue {
  readonly #spool: Spool;
  readonly #log: Log;
  #results: Result[] = [];
  #timer: NodeJS.Timeout | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(spool: Spool, log: Log) {
    this.#spool = spool;
    this.#log = log;
  }

  add(result: Result): void {
    if (this.#results.length >= RESULTS_MAX) this.#results.shift();
    this.#results.push(result);
    this.#timer ??= setTimeout(() => void this.flush(), GATHER_MS);
  }

  /** Everything so far is on disk when it resolves, or was said to have failed. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#last = this.#last.then(() => this.#write());
    return this.#last;
  }

  async #write(): Promise<void> {
    const results = this.#results;
    this.#results = [];
    try {
      await this.#spool.add(results);
    } catch (error) {
      this.#log.error({ reason: errorMessage(error) }, 'results are not on disk; trying again');
      this.#results = [...results, ...this.#results].slice(-RESULTS_MAX);
    }
  }
}
