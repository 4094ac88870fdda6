/**
 * Reads small files that may lie on a mount that is lost. A read that hangs is given up after a
 * while, but the system does not let go of its thread, and the pool of those is the one that the
 * store's writes go through (bin/holdfast.mjs): so nothing more is asked of that folder until the
 * system has answered, and few threads hang at a time.
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Keys, certificates and contracts are far smaller: all public authorities together are 0.3 MB. */
const FILE_SIZE_MAX = 4 << 20;
const WAIT_MS = 5_000;
/** Of the pool's threads. */
const HANGING_MAX = 3;

export interface TimedFileReaderOptions {
  /** After so long a read hangs. */
  waitMs?: number;
  /** How a file is read. */
  readFile?: (path: string) => Promise<Uint8Array>;
}

export class TimedFileReader {
  readonly #waitMs: number;
  readonly #readFile: (path: string) => Promise<Uint8Array>;
  /** Folders with a read that has not returned yet. */
  readonly #hanging = new Set<string>();
  /** Done when the reads that were asked for have ended. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor({ waitMs = WAIT_MS, readFile = readSmall }: TimedFileReaderOptions = {}) {
    this.#waitMs = waitMs;
    this.#readFile = readFile;
  }

  /**
   * Those that are asked for at the same time are read one after another.
   * @throws the system's error; an Error that says so for what is no file, is too large, or hangs
   */
  async read(path: string): Promise<Uint8Array> {
    const mine = this.#turn.then(() => this.#readNow(path));
    this.#turn = mine.catch(() => {});
    return mine;
  }

  async #readNow(path: string): Promise<Uint8Array> {
    const folder = dirname(path);
    if (this.#hanging.has(folder)) throw new Error('its folder does not answer');
    if (this.#hanging.size >= HANGING_MAX) throw new Error('too many other folders do not answer');
    const timer = new AbortController();
    const reading = this.#readFile(path);
    const late = sleep(this.#waitMs, undefined, { signal: timer.signal });
    late.catch(() => {});
    try {
      const content = await Promise.race([reading, late]);
      if (content !== undefined) return content;
    } finally {
      timer.abort();
    }
    this.#hanging.add(folder);
    const isBack = (): boolean => this.#hanging.delete(folder);
    reading.then(isBack, isBack);
    throw new Error(`it could not be read within ${this.#waitMs} ms`);
  }
}

async function readSmall(path: string): Promise<Uint8Array> {
  // Without waiting for whoever may write to it, if it is a FIFO.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = await file.stat();
    if (!found.isFile()) throw new Error('it is not a file');
    if (found.size > FILE_SIZE_MAX) throw new Error(`it is larger than ${FILE_SIZE_MAX} octets`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}
