/**
 * The auditor's question: does the chain hold from the first line to the last? Answers with what
 * can be compared against published digests, or with file and line of the first break.
 */
import { CHAIN_START } from './ledger-line.ts';
import { readLedger } from './ledger-reader.ts';

export interface LedgerVerification {
  lines: number;
  /** SHA-256 of the last line: whoever knows it can tell if lines were taken off the end. */
  head: string;
  days: { day: string; lines: number; digest: string }[];
  /** A last line that was being written, if there is one. */
  torn: { file: string; line: number; size: number } | undefined;
}

/** Raises LedgerDamagedError at the first break, LedgerUnreadableError if there is no ledger. */
export async function verifyLedger(folder: string): Promise<LedgerVerification> {
  const result: LedgerVerification = { lines: 0, head: CHAIN_START, days: [], torn: undefined };
  for await (const day of readLedger(folder)) {
    result.lines += day.lines.length;
    result.head = day.head.previous;
    result.days.push({ day: day.day, lines: day.lines.length, digest: day.digest() });
    if (day.tornSize > 0) {
      result.torn = { file: day.file, line: day.lines.length + 1, size: day.tornSize };
    }
  }
  return result;
}
