/**
 * Backups inside a thread of their own: takes orders, and borrows the store for each run.
 *
 *     run -> borrow -> lent -> open, snapshot -> copies -> close -> returned -> done
 *                                 ^
 *     recall: the store is closed under the run, which fails and is tried again like any other
 */
import type { MessagePort } from 'node:worker_threads';
import { type LentStore, openLent } from '../lent-store.ts';
import type { LevelSnapshot } from '../level-snapshot.ts';
import { type BackupOrder, type BackupReport, failureOf, raise } from './backup-messages.ts';
import type { BackupMaker, SnapshotSource } from './backup-runner.ts';

/**
 * Resolves when the thread was told to stop and holds nothing of the store any more.
 * @param port the other end is that of `BackupThread`
 * @param open makes what does the work, from where its snapshots come
 */
export async function runBackupThread(
  port: MessagePort,
  open: (parts: {
    readonly store: SnapshotSource;
    readonly report: (report: BackupReport) => void;
  }) => Promise<BackupMaker>,
): Promise<void> {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- not a browser's window
  const report = (message: BackupReport): void => port.postMessage(message);
  const store = new BorrowedStore(report);
  const stopped = Promise.withResolvers<void>();
  const opened = open({ store, report });
  opened.catch(stopped.reject);
  port.on('message', (order: BackupOrder) => {
    if (order.kind === 'run' || order.kind === 'verify') void follow(order, opened, report);
    else if (order.kind === 'stop') stopped.resolve();
    else store.take(order);
  });
  await stopped.promise;
  await (await opened).close();
  await store.close();
  port.close();
}

async function follow(
  order: Extract<BackupOrder, { kind: 'run' | 'verify' }>,
  opened: Promise<BackupMaker>,
  report: (report: BackupReport) => void,
): Promise<void> {
  const { ticket } = order;
  try {
    const maker = await opened;
    if (order.kind === 'verify') {
      await maker.verify(order.location, order.id);
      report({ kind: 'done', ticket });
    } else report({ kind: 'done', ticket, outcome: await maker.run(order.backup) });
  } catch (error) {
    report({ kind: 'failed', ticket, failure: failureOf(error) });
  }
}

interface Borrowed {
  readonly answer: PromiseWithResolvers<LentStore>;
  /** From when on LevelDB may be open in this thread. */
  opening?: Promise<LentStore>;
}

/** The store as often as it is borrowed at the moment: once for each run under way. */
class BorrowedStore implements SnapshotSource {
  readonly #report: (report: BackupReport) => void;
  readonly #borrowed = new Map<number, Borrowed>();
  #nextTicket = 1;

  constructor(report: (report: BackupReport) => void) {
    this.#report = report;
  }

  /** @throws what the store's thread has refused it for, or what LevelDB says */
  async snapshot(): Promise<LevelSnapshot> {
    const ticket = this.#nextTicket++;
    const borrowed: Borrowed = { answer: Promise.withResolvers() };
    this.#borrowed.set(ticket, borrowed);
    this.#report({ kind: 'borrow', ticket });
    try {
      const store = await borrowed.answer.promise;
      const snapshot = store.snapshot();
      return { ...snapshot, close: async () => this.#giveBack(ticket) };
    } catch (error) {
      await this.#giveBack(ticket);
      throw error;
    }
  }

  /** An answer to what was asked for, or a wish to have it back. */
  take(order: Extract<BackupOrder, { kind: 'lent' | 'refused' | 'recall' }>): void {
    if (order.kind === 'recall') {
      void this.#giveBack(order.ticket);
      return;
    }
    const borrowed = this.#borrowed.get(order.ticket);
    if (borrowed === undefined) return;
    if (order.kind === 'refused') borrowed.answer.reject(raise(order.failure));
    else {
      borrowed.opening = openLent(order.folder, order.mirrorFolder);
      borrowed.opening.then(borrowed.answer.resolve, borrowed.answer.reject);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#borrowed.keys()].map(async (ticket) => this.#giveBack(ticket)));
  }

  async #giveBack(ticket: number): Promise<void> {
    const borrowed = this.#borrowed.get(ticket);
    if (borrowed === undefined) return;
    // A store that cannot be opened is closed.
    const store = await borrowed.opening?.catch(() => undefined);
    await store?.close();
    this.#borrowed.delete(ticket);
    this.#report({ kind: 'returned', ticket });
  }
}
