/**
 * Reading the ledger, always with its chain checked: there is no way to get a line whose own sum,
 * sequence number or link to the line before does not hold. A last line without its newline is one
 * that was being written (by a living writer, or one that died): it is not returned, and reported.
 */
import { hash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, errorMessage, fileReason } from '#base/coded-error.ts';
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

export interface LedgerDay {
  /** `2026-10-01`, UTC. */
  day: string;
  file: string;
  lines: LedgerLine[];
  /** SHA-256 (hexadecimal) of the file's octets up to the last whole line, made when asked for. */
  digest: () => string;
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

/** Day by day, in order; raises LedgerDamagedError at the first line that does not hold. */
export async function* readLedger(
  folder: string,
  span: LedgerSpan = {},
): AsyncGenerator<LedgerDay> {
  const days = await listLedgerDays(folder);
  const first = days.findIndex((day) => span.fromDay === undefined || day >= span.fromDay);
  if (first < 0) return;
  let head = await headBefore(folder, days, first);
  for (const [at, day] of days.entries()) {
    if (at < first) continue;
    if (span.toDay !== undefined && day > span.toDay) return;
    const read = await readLedgerDay(folder, day, head, at === days.length - 1);
    head = read.head;
    yield read;
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
    const octets = await readOctets(folder, file);
    if (octets.length === 0) continue;
    const end = octets.lastIndexOf(NEWLINE);
    const start = end <= 0 ? 0 : octets.lastIndexOf(NEWLINE, end - 1) + 1;
    const last = octets.subarray(start, Math.max(end, 0));
    const line = parseLedgerLine(last);
    if (typeof line === 'string') throw new LedgerDamagedError(file, countLines(octets), line);
    return { seq: line.seq + 1, previous: hashLedgerLine(last), atMs: line.atMs };
  }
  return { seq: 0, previous: CHAIN_START, atMs: -Infinity };
}

function countLines(octets: Uint8Array): number {
  let count = 0;
  for (const octet of octets) if (octet === NEWLINE) count += 1;
  return Math.max(count, 1);
}

/** One day's file, which must continue `head`. Only the newest file may end in a torn line. */
export async function readLedgerDay(
  folder: string,
  day: string,
  head: ChainHead,
  isNewest: boolean,
): Promise<LedgerDay> {
  const file = ledgerFile(folder, day);
  const octets = await readOctets(folder, file);
  const lines: LedgerLine[] = [];
  let { seq, previous, atMs } = head;
  let at = 0;
  for (;;) {
    const end = octets.indexOf(NEWLINE, at);
    if (end < 0) break;
    const raw = octets.subarray(at, end);
    const line = parseLedgerLine(raw);
    const fault = typeof line === 'string' ? line : faultOf(line, { seq, previous, atMs }, day);
    if (typeof line === 'string' || fault !== undefined) {
      throw new LedgerDamagedError(file, lines.length + 1, fault ?? '');
    }
    lines.push(line);
    previous = hashLedgerLine(raw);
    ({ atMs } = line);
    seq += 1;
    at = end + 1;
  }
  const tornSize = octets.length - at;
  if (tornSize > 0 && !isNewest) {
    throw new LedgerDamagedError(file, lines.length + 1, 'torn, and files of later days follow');
  }
  const digest = (): string => hash('sha256', octets.subarray(0, at), 'hex');
  return { day, file, lines, digest, size: at, tornSize, head: { seq, previous, atMs } };
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

async function readOctets(folder: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    // Removed between listing and reading; any other fault is the disk's.
    const what = errorCode(error) === 'ENOENT' ? `${file} is gone` : errorMessage(error);
    throw new LedgerUnreadableError(folder, what, { cause: error });
  }
}
