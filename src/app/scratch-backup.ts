/**
 * A backup as a store of its own beside the one that is restored: what a zone or the register was
 * like before has to be looked up in it, and only seldom. So it is made when somebody first asks,
 * as checked as any restore, and removed afterwards.
 */
import { rm } from 'node:fs/promises';
import { readChain } from '#store/backup/backup-chain.ts';
import { type RestoreSource, restoreStore } from '#store/backup/restore.ts';
import type { KeyValueStore } from '#store/key-value-store.ts';
import type { LevelStore } from '#store/level-store.ts';

export class ScratchBackup {
  readonly #source: RestoreSource;
  readonly #id: string;
  readonly #folder: string;
  #opened: Promise<LevelStore> | undefined;

  /** @param folder does not exist */
  constructor(source: RestoreSource, id: string, folder: string) {
    this.#source = source;
    this.#id = id;
    this.#folder = folder;
  }

  /** @throws as `restoreStore` and `readChain` */
  async open(): Promise<KeyValueStore> {
    this.#opened ??= readChain(this.#source.location, this.#id).then((chain) =>
      restoreStore(this.#folder, chain, this.#source),
    );
    return this.#opened;
  }

  async close(): Promise<void> {
    await this.#opened?.then((store) => store.close()).catch(() => {});
    await rm(this.#folder, { recursive: true, force: true });
  }
}
