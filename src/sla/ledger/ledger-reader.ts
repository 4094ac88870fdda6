/**
 * Reading the ledger, always with its chain checked: there is no way to get a line whose own sum,
 * sequence number or link to the line before does not hold. A last line without its newline is one
 * that was being written (by a living writer, or one that died): it is not returned, and reported.
 * Files are read in parts, so a day of any size needs the memory of a part.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, errorMessage, fileReason } from '#base/coded-error.ts';
import { readAt } from '#base/read-at.ts';
import { LedgerDamagedError, LedgerUnreadableError } from './ledger-error.ts';
import { CHAIN_START, hashLedgerLine, type LedgerLine, parseLedgerLine } from './ledger-line.ts';

const NEWLINE = 10;
const DAY_FILE = /^(\d{4}-\d{2}-\d{2})\.ndjson$/;

/** Where the chain stands: what the next line must continue. */
export interface ChainHead {
  seq: number;
  previous: string;
  /** Unix milliseconds of the last line, or `-Infinity` before the first. */
  atMs: number;
}

/** Some lines of a day's file, in their order. */
export interface LedgerPart {
  /** `2026-10-01`, UTC. */
  day: string;
  file: string;
  /** Where the first of them stands in the file, from 1. */
  firstLine: number;
  lines: LedgerLine[];
  /** With the last part of a day. */
  end?: LedgerDayEnd;
}

/** What is known when a day's file was read to its end. */
export interface LedgerDayEnd {
  /** Whole lines. */
  lines: number;
  /** SHA-256 (hexadecimal) of the file's octets up to the last whole line. */
  digest: string;
  /** Octets up to and with the last newline. */
  size: number;
  /** Octets of a torn last line; 0 if there is none. */
  tornSize: number;
  /** The chain after this day. */
  head: ChainHead;
}

export interface LedgerSpan {
  /** First and last UTC day to read, inclusive; all where absent. */
  fromDay?: string;
  toDay?: string;
}

/** Octets that are read at a time. */
const PART_SIZE = 1 << 18;
/** No line is longer: a cycle of thousands of probes has room. */
const LINE_SIZE_MAX = 32 << 20;

/** Day by day, in order; raises LedgerDamagedError at the first line that does not hold. */
export async function* readLedger(
  folder: string,
  span: LedgerSpan = {},
): AsyncGenerator<LedgerPart> {
  const days = await listLedgerDays(folder);
  const first = days.findIndex((day) => span.fromDay === undefined || day >= span.fromDay);
  if (first < 0) return;
  let head = await headBefore(folder, days, first);
  for (const [at, day] of days.entries()) {
    if (at < first) continue;
    if (span.toDay !== undefined && day > span.toDay) return;
    for await (const part of readLedgerDay(folder, day, head, at === days.length - 1)) {
      if (part.end !== undefined) ({ head } = part.end);
      yield part;
    }
  }
}

/** The UTC days of which there is a file, in order. Raises LedgerUnreadableError. */
export async function listLedgerDays(folder: string): Promise<string[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    throw new LedgerUnreadableError(folder, `${fileReason(error)}; name the folder of a ledger`, {
      cause: error,
    });
  }
  return names.flatMap((name) => DAY_FILE.exec(name)?.[1] ?? []).sort();
}

/** The path of a day's file. */
export function ledgerFile(folder: string, day: string): string {
  return join(folder, `${day}.ndjson`);
}

/**
 * The head that the file at `index` of `days` must continue: taken from the last line of the file
 * before it, whose own sum is checked but not its chain.
 */
export async function headBefore(
  folder: string,
  days: readonly string[],
  index: number,
): Promise<ChainHead> {
  for (let at = index - 1; at >= 0; at--) {
    const file = ledgerFile(folder, days[at] ?? '');
    const last = await withFile(folder, file, readLastLine);
    if (last === undefined) continue;
    const line = parseLedgerLine(last);
    if (typeof line === 'string') {
      throw new LedgerDamagedError(file, await withFile(folder, file, countLines), line);
    }
    return { seq: line.seq + 1, previous: hashLedgerLine(last), atMs: line.atMs };
  }
  return { seq: 0, previous: CHAIN_START, atMs: -Infinity };
}

/** The last whole line without its newline; `undefined` in an empty file. */
async function readLastLine(file: FileHandle): Promise<Buffer | undefined> {
  const { size } = await file.stat();
  if (size === 0) return undefined;
  for (let span = 1 << 16; ; span *= 2) {
    const from = Math.max(0, size - span);
    const octets = await readAt(file, from, size - from);
    const end = octets.lastIndexOf(NEWLINE);
    const before = end <= 0 ? -1 : octets.lastIndexOf(NEWLINE, end - 1);
    if (before >= 0 || from === 0 || span > LINE_SIZE_MAX) {
      return octets.subarray(before + 1, Math.max(end, 0));
    }
  }
}

/** At least 1. */
async function countLines(file: FileHandle): Promise<number> {
  let count = 0;
  for await (const octets of piecesOf(file)) {
    for (const octet of octets) if (octet === NEWLINE) count += 1;
  }
  return Math.max(count, 1);
}

/**
 * One day's file in parts, the last of them with its end; it must continue `head`. Only the newest
 * file may end in a torn line.
 */
export async function* readLedgerDay(
  folder: string,
  day: string,
  head: ChainHead,
  isNewest: boolean,
): AsyncGenerator<LedgerPart> {
  const file = ledgerFile(folder, day);
  const handle = await openFile(folder, file);
  try {
    const walk = new DayWalk(day, file, head);
    for await (const octets of piecesOf(handle)) {
      const firstLine = walk.lineCount + 1;
      const lines = walk.take(octets);
      if (lines.length > 0) yield { day, file, firstLine, lines };
    }
    const end = walk.end();
    if (end.tornSize > 0 && !isNewest) {
      throw new LedgerDamagedError(file, end.lines + 1, 'torn, and files of later days follow');
    }
    yield { day, file, firstLine: end.lines + 1, lines: [], end };
  } catch (error) {
    if (error instanceof LedgerDamagedError) throw error;
    throw new LedgerUnreadableError(folder, errorMessage(error), { cause: error });
  } finally {
    await handle.close();
  }
}

/** A day's lines as octets come in, each checked against the one before it. */
class DayWalk {
  lineCount = 0;
  readonly #day: string;
  readonly #file: string;
  readonly #digest = createHash('sha256');
  #head: ChainHead;
  #size = 0;
  /** Octets behind the last newline so far. */
  #rest: Buffer = Buffer.alloc(0);

  constructor(day: string, file: string, head: ChainHead) {
    this.#day = day;
    this.#file = file;
    this.#head = head;
  }

  take(octets: Buffer): LedgerLine[] {
    const whole = this.#rest.length === 0 ? octets : Buffer.concat([this.#rest, octets]);
    const lines: LedgerLine[] = [];
    let at = 0;
    for (;;) {
      const end = whole.indexOf(NEWLINE, at);
      if (end < 0) break;
      lines.push(this.#takeLine(whole.subarray(at, end)));
      at = end + 1;
    }
    this.#digest.update(whole.subarray(0, at));
    this.#size += at;
    this.#rest = whole.subarray(at);
    if (this.#rest.length > LINE_SIZE_MAX) {
      const what = `a line of more than ${LINE_SIZE_MAX} octets`;
      throw new LedgerDamagedError(this.#file, this.lineCount + 1, what);
    }
    return lines;
  }

  end(): LedgerDayEnd {
    return {
      lines: this.lineCount,
      digest: this.#digest.digest('hex'),
      size: this.#size,
      tornSize: this.#rest.length,
      head: this.#head,
    };
  }

  #takeLine(raw: Buffer): LedgerLine {
    const line = parseLedgerLine(raw);
    const fault = typeof line === 'string' ? line : faultOf(line, this.#head, this.#day);
    if (typeof line === 'string' || fault !== undefined) {
      throw new LedgerDamagedError(this.#file, this.lineCount + 1, fault ?? '');
    }
    this.lineCount += 1;
    this.#head = { seq: line.seq + 1, previous: hashLedgerLine(raw), atMs: line.atMs };
    return line;
  }
}

function faultOf(line: LedgerLine, head: ChainHead, day: string): string | undefined {
  if (line.seq !== head.seq) {
    return `the chain is broken: line ${head.seq} should stand here and line ${line.seq} does`;
  }
  if (line.previous !== head.previous) {
    return 'the chain is broken: the line before is not the one that this line follows';
  }
  if (line.atMs < head.atMs) return 'written before the line that it follows';
  if (!new Date(line.atMs).toISOString().startsWith(day)) return `not a line of ${day}`;
  return undefined;
}

/** A file from its start to what is its end then, in pieces; the next is read while one is used. */
async function* piecesOf(file: FileHandle): AsyncGenerator<Buffer> {
  let next = readAt(file, 0, PART_SIZE);
  for (let at = 0; ; ) {
    const octets = await next;
    if (octets.length === 0) return;
    at += octets.length;
    next = readAt(file, at, PART_SIZE);
    // Whoever stops here leaves it behind, and a handle that is closed meanwhile is no fault.
    next.catch(() => undefined);
    yield octets;
  }
}

async function withFile<T>(
  folder: string,
  file: string,
  task: (handle: FileHandle) => Promise<T>,
): Promise<T> {
  const handle = await openFile(folder, file);
  try {
    return await task(handle);
  } catch (error) {
    throw new LedgerUnreadableError(folder, errorMessage(error), { cause: error });
  } finally {
    await handle.close();
  }
}

async function openFile(folder: string, file: string): Promise<FileHandle> {
  try {
    return await open(file, 'r');
  } catch (error) {
    // Removed between listing and reading; any other fault is the disk's.
    const what = errorCode(error) === 'ENOENT' ? `${file} is gone` : errorMessage(error);
    throw new LedgerUnreadableError(folder, what, { cause: error });
  }
}
