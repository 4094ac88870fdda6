/**
 * A store lent to another thread of the process, which then reads it without going through the
 * thread that writes. Both use one LevelDB: it counts who has opened it and ends with the last.
 *
 *     control thread    lend ----------- writes go on ----------- recall ... close, open again
 *     other thread           openLent, snapshot, read, close ------>| returned
 *
 * Only the store's own thread may open LevelDB, because only it has checked the files, and only it
 * may close it: a thread that still held it would keep a LevelDB that has failed from being opened
 * anew. Therefore a thread opens what it was lent and nothing else, and the store waits for
 * everything that it lent before it closes.
 */
import { type LevelSnapshot, takeSnapshot } from './level-snapshot.ts';
import { openShared } from './open-level.ts';

/** What was lent. */
export interface StoreLoan {
  /** For `openLent`; a text, so that it can be posted to the thread. */
  readonly folder: string;
  /** Of the mirror, if there is one: its files may be read. */
  readonly mirrorFolder?: string;
  /** Says that the thread has closed it, or has died. Doing so again does nothing. */
  giveBack(): void;
}

/** A store that can be lent. */
export interface StoreLender {
  /**
   * @param recall called once, if the store needs the loan back: it waits until then
   * @throws StoreError STORE_CLOSED, STORE_UNAVAILABLE while it is being opened again
   */
  lend(recall: () => void): StoreLoan;
}

/** All that is lent of one store. */
export class StoreLoans implements StoreLender {
  readonly #folder: string;
  readonly #mirrorFolder: string | undefined;
  readonly #open = new Map<StoreLoan, () => void>();
  #returned: PromiseWithResolvers<void> | undefined;

  /**
   * @param folder LevelDB's own
   * @param mirrorFolder of the mirror, if there is one
   */
  constructor(folder: string, mirrorFolder?: string) {
    this.#folder = folder;
    this.#mirrorFolder = mirrorFolder;
  }

  lend(recall: () => void): StoreLoan {
    const loan: StoreLoan = {
      folder: this.#folder,
      ...(this.#mirrorFolder !== undefined && { mirrorFolder: this.#mirrorFolder }),
      giveBack: () => {
        this.#open.delete(loan);
        if (this.#open.size === 0) this.#returned?.resolve();
      },
    };
    this.#open.set(loan, recall);
    return loan;
  }

  /** Asks for all of them; resolves when they are back. Nothing may be lent meanwhile. */
  async recall(): Promise<void> {
    if (this.#open.size === 0) return;
    this.#returned ??= Promise.withResolvers();
    for (const recall of this.#open.values()) recall();
    await this.#returned.promise;
    this.#returned = undefined;
  }
}

/** In the thread that it was lent to. */
export interface LentStore {
  /** The moment of this call; closed before the store. */
  snapshot(): LevelSnapshot;
  /** What is still being read fails with `STORE_CLOSED`. */
  close(): Promise<void>;
}

/**
 * @param mirrorFolder of the loan
 * @throws StoreError if LevelDB cannot be used
 */
export async function openLent(folder: string, mirrorFolder?: string): Promise<LentStore> {
  const level = await openShared(folder);
  return { snapshot: () => takeSnapshot(level, mirrorFolder), close: () => level.close() };
}
