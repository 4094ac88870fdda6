/** What can go wrong with the ledger. Damage is always said with file and line. */
import { CodedError } from '#base/coded-error.ts';

/** A line is not what was written, or the chain does not hold: `FILE:LINE: what`. */
export class LedgerDamagedError extends CodedError {
  /** The line counts from 1. */
  readonly place: { file: string; line: number };

  constructor(file: string, line: number, what: string, options?: ErrorOptions) {
    super('LEDGER_DAMAGED', `${file}:${line}: ${what}`, options);
    this.place = { file, line };
  }
}

/** Another process has the ledger open for writing. */
export class LedgerLockedError extends CodedError {
  constructor(folder: string, holder: string) {
    super('LEDGER_LOCKED', `ledger ${folder} is open for writing by ${holder}; stop it first`);
  }
}

/** Lines could not be made durable; none of them counts as written. */
export class LedgerAppendError extends CodedError {
  constructor(file: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super('LEDGER_APPEND_FAILED', `${file}: cannot be written: ${reason}`, { cause });
  }
}

/** The folder cannot be read as a ledger at all. */
export class LedgerUnreadableError extends CodedError {
  constructor(folder: string, what: string, options?: ErrorOptions) {
    super('LEDGER_UNREADABLE', `ledger ${folder}: ${what}`, options);
  }
}
