/**
 * Backups in a thread of their own, so that reading, hashing and packing a whole store holds up no
 * change. This is the control thread's end: it passes orders on, lends the store, and takes what
 * is told.
 *
 *     run, verify --> orders ------> thread (thread-runner.ts)
 *     the store  <--- lend, recall --/   |
 *     onOutcome  <--- copies -----------/
 *
 * The thread starts with the first order and stays. When it dies, what it was doing has failed and
 * everything lent is back; a backup that it was making is begun again by a successor, after a time
 * that doubles from one death to the next. A backup that could not begin because the store was
 * being opened again is made later, too.
 */
import { Worker } from 'node:worker_threads';
import { errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import type { Random } from '#base/random.ts';
import type { StoreLender, StoreLoan } from '../lent-store.ts';
import { BackupError } from './backup-error.ts';
import { type BackupOrder, type BackupReport, failureOf, raise } from './backup-messages.ts';
import {
  type BackupMaker,
  type BackupOutcome,
  type CopyOutcome,
  retryDelayMs,
} from './backup-runner.ts';
import type { BackupKind } from './manifest.ts';

/** Orders that were not answered yet; checks of backups and runs together. */
const ORDERS_MAX = 32;
/** A store that is opened again, after its disk was full, asks back what it lent. */
const STORE_AWAY: ReadonlySet<string> = new Set(['STORE_CLOSED', 'STORE_UNAVAILABLE']);
/** What a thread that was told to stop, to give the store back, or to end has for it. */
const STOP_WAIT_MS = 1000;

export interface BackupThreadOptions {
  readonly store: StoreLender;
  /** Its entry: calls `runBackupThread`. */
  readonly module: URL;
  /** What the entry is given; can be cloned. */
  readonly start: unknown;
  /** Told of each location as soon as it is done, those that are tried again too. */
  readonly onOutcome: (copy: CopyOutcome) => void | Promise<void>;
  readonly random: Random;
  readonly log: Log;
}

interface Waiting {
  readonly order: Extract<BackupOrder, { kind: 'run' | 'verify' }>;
  readonly resolve: (outcome: BackupOutcome | undefined) => void;
  readonly reject: (error: BackupError) => void;
}

export class BackupThread implements BackupMaker {
  readonly #options: BackupThreadOptions;
  readonly #waiting = new Map<number, Waiting>();
  readonly #loans = new Map<number, StoreLoan>();
  #worker: Worker | undefined;
  #nextTicket = 1;
  /** Done when everything that was copied has been told. */
  #told: Promise<void> = Promise.resolve();
  /** In a row. */
  #deaths = 0;
  #retry: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: BackupThreadOptions) {
    this.#options = options;
  }

  async run(kind: BackupKind): Promise<BackupOutcome> {
    const outcome = await this.#ask((ticket) => ({ kind: 'run', ticket, backup: kind }));
    if (outcome === undefined) throw new BackupError('BACKUP_THREAD', 'a run without an outcome');
    return outcome;
  }

  async verify(location: string, id: string): Promise<void> {
    await this.#ask((ticket) => ({ kind: 'verify', ticket, location, id }));
  }

  /**
   * What is under way fails; resolves when the thread has ended. One that waits in the system for a
   * location that hangs cannot be ended: it is left to the end of the process, and reads nothing of
   * the store any more.
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    const worker = this.#worker;
    if (worker === undefined) return;
    const ended = Promise.withResolvers<boolean>();
    worker.once('exit', () => ended.resolve(true));
    this.#post({ kind: 'stop' });
    const late = setTimeout(() => void worker.terminate(), STOP_WAIT_MS);
    const tooLate = setTimeout(() => ended.resolve(false), 2 * STOP_WAIT_MS);
    const isEnded = await ended.promise;
    clearTimeout(late);
    clearTimeout(tooLate);
    if (!isEnded) {
      this.#options.log.error('a backup location hangs: it is left to the end of the process');
      this.#failAll('a location hangs');
    }
    await this.#told;
  }

  /** Ends the thread as a crash would. For tests of that. */
  async kill(): Promise<void> {
    await this.#worker?.terminate();
  }

  #ask(make: (ticket: number) => Waiting['order']): Promise<BackupOutcome | undefined> {
    if (this.#isClosed) {
      return Promise.reject(new BackupError('BACKUP_THREAD', 'backups have been stopped'));
    }
    if (this.#waiting.size >= ORDERS_MAX) {
      const message = `${ORDERS_MAX} backups and checks are under way: wait for them`;
      return Promise.reject(new BackupError('BACKUP_BUSY', message));
    }
    const order = make(this.#nextTicket++);
    const { promise, resolve, reject } = Promise.withResolvers<BackupOutcome | undefined>();
    this.#waiting.set(order.ticket, { order, resolve, reject });
    this.#worker ??= this.#start();
    this.#post(order);
    return promise;
  }

  #start(): Worker {
    const { module, start } = this.#options;
    const worker = new Worker(module, { workerData: start, name: 'backup' });
    let cause = 'it ended without saying why';
    worker.on('message', (report: BackupReport) => this.#take(report));
    worker.on('error', (error) => {
      cause = errorMessage(error);
    });
    worker.on('exit', () => this.#bury(cause));
    return worker;
  }

  #post(order: BackupOrder): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- not a browser's window
    this.#worker?.postMessage(order);
  }

  #take(report: BackupReport): void {
    if (report.kind === 'borrow') this.#lend(report.ticket);
    else if (report.kind === 'returned') this.#takeBack(report.ticket);
    else if (report.kind === 'copied') {
      const tell = async (): Promise<void> => this.#options.onOutcome(report.copy);
      this.#told = this.#told.then(tell).catch((error: unknown) => {
        this.#options.log.error({ error: errorMessage(error) }, 'a backup was not told of');
      });
    } else void this.#answer(report);
  }

  async #answer(report: Extract<BackupReport, { kind: 'done' | 'failed' }>): Promise<void> {
    const waiting = this.#waiting.get(report.ticket);
    this.#waiting.delete(report.ticket);
    this.#deaths = 0;
    await this.#told;
    if (waiting === undefined) return;
    if (report.kind === 'done') {
      waiting.resolve(report.outcome);
      return;
    }
    const { order } = waiting;
    if (order.kind === 'run' && STORE_AWAY.has(report.failure.code)) this.#beginAgain(order.backup);
    waiting.reject(raise(report.failure));
  }

  #lend(ticket: number): void {
    const worker = this.#worker;
    const recall = (): void => {
      this.#post({ kind: 'recall', ticket });
      const late = setTimeout(() => {
        if (this.#loans.has(ticket)) void worker?.terminate();
      }, STOP_WAIT_MS);
      late.unref();
    };
    try {
      const loan = this.#options.store.lend(recall);
      this.#loans.set(ticket, loan);
      const { folder, mirrorFolder } = loan;
      this.#post({ kind: 'lent', ticket, folder, ...(mirrorFolder && { mirrorFolder }) });
    } catch (error) {
      this.#post({ kind: 'refused', ticket, failure: failureOf(error) });
    }
  }

  #takeBack(ticket: number): void {
    this.#loans.get(ticket)?.giveBack();
    this.#loans.delete(ticket);
  }

  /** The thread has ended. */
  #bury(cause: string): void {
    this.#worker = undefined;
    for (const ticket of this.#loans.keys()) this.#takeBack(ticket);
    const lost = this.#failAll(`it died: ${cause}`);
    if (!this.#isClosed) this.#options.log.error({ cause }, 'the thread that makes backups died');
    const runs = lost.flatMap(({ order }) => (order.kind === 'run' ? [order.backup] : []));
    if (runs.length > 0) this.#beginAgain(runs.includes('full') ? 'full' : 'incremental');
  }

  /** @returns what was lost */
  #failAll(reason: string): Waiting[] {
    const lost = [...this.#waiting.values()];
    this.#waiting.clear();
    const message = `the thread that makes backups gave no answer: ${reason}`;
    for (const { reject } of lost) reject(new BackupError('BACKUP_THREAD', message));
    return lost;
  }

  #beginAgain(kind: BackupKind): void {
    if (this.#isClosed) return;
    const delayMs = retryDelayMs(this.#deaths, this.#options.random);
    this.#deaths += 1;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      // A run that cannot begin is told by the next one that somebody waits for.
      this.run(kind).catch(() => {});
    }, delayMs);
    this.#retry.unref();
  }
}
