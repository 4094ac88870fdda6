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
  for await (const { day, file, end } of readLedger(folder)) {
    if (end === undefined) continue;
    const { lines, digest, head, tornSize } = end;
    result.lines += lines;
    result.head = head.previous;
    result.days.push({ day, lines, digest });
    if (tornSize > 0) result.torn = { file, line: lines + 1, size: tornSize };
  }
  return result;
}
