/**
 * The ledger's one writer. Lines are only ever added: a batch is written and synced before `append`
 * returns, one file per UTC day. What a crash left half written at the very end is cut off at the
 * next start and said; anything else that does not hold stops the start. If the clock steps back,
 * lines keep the time of the line before, so the files stay in order.
 */
import { type FileHandle, mkdir, open, truncate } from 'node:fs/promises';
import { syncFolder } from '#base/atomic-file.ts';
import { utf8 } from '#base/bytes.ts';
import { type Clock, formatInstant } from '#base/clock.ts';
import { LedgerAppendError } from './ledger-error.ts';
import { formatLedgerLine, hashLedgerLine, type LedgerBody } from './ledger-line.ts';
import { type ReleaseLock, takeLedgerLock } from './ledger-lock.ts';
import {
  type ChainHead,
  headBefore,
  ledgerFile,
  listLedgerDays,
  readLedgerDay,
} from './ledger-reader.ts';

/** A torn last line that was cut off when the ledger was opened. */
export interface TornLine {
  file: string;
  line: number;
  /** Octets that were cut off. */
  size: number;
}

interface OpenDay {
  day: string;
  file: string;
  handle: FileHandle;
  /** Octets that are durable; what lies beyond is not part of the ledger. */
  size: number;
}

/**
 * Opens `folder` (made if missing) for writing. Raises LedgerLockedError, LedgerDamagedError (the
 * newest file is checked whole; `verifyLedger` checks all) or LedgerUnreadableError.
 */
export async function openLedger(folder: string, clock: Clock): Promise<Ledger> {
  await mkdir(folder, { recursive: true });
  const release = await takeLedgerLock(folder);
  try {
    const days = await listLedgerDays(folder);
    const newest = days.at(-1);
    let head = await headBefore(folder, days, Math.max(days.length - 1, 0));
    let torn: TornLine | undefined;
    if (newest !== undefined) {
      for await (const { file, end } of readLedgerDay(folder, newest, head, true)) {
        if (end === undefined) continue;
        if (end.tornSize > 0) {
          await truncate(file, end.size);
          torn = { file, line: end.lines + 1, size: end.tornSize };
        }
        ({ head } = end);
      }
    }
    return new Ledger({ folder, clock, release, head, torn });
  } catch (error) {
    await release();
    throw error;
  }
}

export class Ledger {
  readonly folder: string;
  readonly torn: TornLine | undefined;
  readonly #clock: Clock;
  readonly #release: ReleaseLock;
  #head: ChainHead;
  #open: OpenDay | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(parts: {
    folder: string;
    clock: Clock;
    release: ReleaseLock;
    head: ChainHead;
    torn: TornLine | undefined;
  }) {
    this.folder = parts.folder;
    this.torn = parts.torn;
    this.#clock = parts.clock;
    this.#release = parts.release;
    this.#head = parts.head;
  }

  /** Unix milliseconds of the last line, or `undefined` in an empty ledger. */
  get lastLineMs(): number | undefined {
    return Number.isFinite(this.#head.atMs) ? this.#head.atMs : undefined;
  }

  /**
   * Adds one line for each body, all in one write and one sync. When it returns they are durable;
   * raises LedgerAppendError and none of them is part of the ledger (the caller may try again).
   */
  append(bodies: readonly LedgerBody[]): Promise<void> {
    const done = this.#last.then(() => this.#append(bodies));
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Waits for what is being appended, and lets go of the files and the lock. */
  async close(): Promise<void> {
    await this.#last;
    await this.#open?.handle.close();
    this.#open = undefined;
    await this.#release();
  }

  async #append(bodies: readonly LedgerBody[]): Promise<void> {
    if (bodies.length === 0) return;
    const atMs = Math.max(this.#clock.nowMs(), this.#head.atMs);
    const day = formatInstant(atMs).slice(0, 10);
    let { seq, previous } = this.#head;
    let text = '';
    for (const body of bodies) {
      const line = formatLedgerLine({ seq, atMs, previous, body });
      previous = hashLedgerLine(utf8(line));
      seq += 1;
      text += `${line}\n`;
    }
    const file = await this.#openDay(day);
    try {
      // Whatever an earlier failure left beyond the durable part goes first.
      if ((await file.handle.stat()).size !== file.size) await file.handle.truncate(file.size);
      await writeAll(file.handle, utf8(text), file.size);
      await file.handle.datasync();
    } catch (error) {
      await file.handle.truncate(file.size).catch(() => undefined);
      throw new LedgerAppendError(file.file, error);
    }
    file.size += Buffer.byteLength(text);
    this.#head = { seq, previous, atMs };
  }

  async #openDay(day: string): Promise<OpenDay> {
    if (this.#open?.day === day) return this.#open;
    const file = ledgerFile(this.folder, day);
    try {
      await this.#open?.handle.close();
      this.#open = undefined;
      const handle = await open(file, 'a+', 0o640).then(async (made) => {
        await made.close();
        return open(file, 'r+');
      });
      await syncFolder(this.folder);
      this.#open = { day, file, handle, size: (await handle.stat()).size };
      return this.#open;
    } catch (error) {
      throw new LedgerAppendError(file, error);
    }
  }
}

async function writeAll(handle: FileHandle, octets: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < octets.length) {
    const { bytesWritten } = await handle.write(
      octets,
      done,
      octets.length - done,
      position + done,
    );
    done += bytesWritten;
  }
}
