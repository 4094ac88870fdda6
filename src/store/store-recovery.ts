/**
 * Brings a store back that a failed write has stopped, without a restart of the process:
 *
 *     failed -> wait -> does the disk take a file again? -> open the store again -> goes on
 *                ^                  | no                            | refused
 *                +------------------+-------------------------------+
 *
 * As long as the disk takes nothing the store stays as it is, so that it can be read. Opening
 * writes as much as LevelDB's logs hold, so that much room is asked for first.
 */
import { open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';

/** Between attempts: the first, and twice the one before up to the last. */
const DELAY_MS_MIN = 500;
const DELAY_MS_MAX = 30_000;
/** Beside the logs: a manifest, and LevelDB's own diary. */
const ROOM_MIN = 256 << 10;

export interface RecoveryOptions {
  /** That of the store. */
  readonly folder: string;
  /** LevelDB's. */
  readonly levelFolder: string;
  readonly log: Log;
  /** Opens the store again; may be called again after it has failed. */
  readonly reopen: () => Promise<void>;
}

export class StoreRecovery {
  readonly #options: RecoveryOptions;
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /** Begins, unless it has begun. Ends when the store works again or `close` is called. */
  begin(): void {
    if (this.#closing.signal.aborted) return;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { log, reopen, folder } = this.#options;
    const { signal } = this.#closing;
    let said = '';
    for (let delayMs = DELAY_MS_MIN; ; delayMs = Math.min(2 * delayMs, DELAY_MS_MAX)) {
      await sleep(delayMs, undefined, { signal, ref: false }).catch(() => {});
      if (signal.aborted) return;
      try {
        await this.#tryDisk();
        await reopen();
        log.warn({ path: folder }, 'the store takes writes again');
        return;
      } catch (error) {
        const reason = errorMessage(error);
        if (reason !== said) log.error({ path: folder, reason }, 'the store is still read-only');
        said = reason;
      }
    }
  }

  /** @throws the system's error if the disk does not take as much as an opening may write */
  async #tryDisk(): Promise<void> {
    const { folder, levelFolder } = this.#options;
    let room = ROOM_MIN;
    for (const name of await readdir(levelFolder)) {
      if (name.endsWith('.log')) room += (await stat(join(levelFolder, name))).size;
    }
    const path = join(folder, 'probe');
    try {
      const file = await open(path, 'w');
      try {
        await file.writeFile(Buffer.alloc(room));
        await file.sync();
      } finally {
        await file.close();
      }
    } finally {
      await rm(path, { force: true });
    }
  }
}
