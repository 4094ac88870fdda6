/**
 * What can go wrong with explanations and reports: too much to explain, a period that cannot be
 * reported on, files that are not ours.
 */
import { CodedError } from '#base/coded-error.ts';

/** An explanation would have more lines than anybody reads. */
export class ExplanationTooLongError extends CodedError {
  constructor(linesMax: number) {
    super(
      'EXPLANATION_TOO_LONG',
      `more than ${linesMax} stretches to explain; ask for a shorter time with --from and --to`,
    );
  }
}

/** A report on disk is not what was written. */
export class ReportDamagedError extends CodedError {
  constructor(file: string, options?: ErrorOptions) {
    super('REPORT_DAMAGED', `${file}: not what was written; restore it from a copy`, options);
  }
}

/** The other side's report cannot be read: `FILE:LINE: what`. */
export class TheirReportError extends CodedError {
  constructor(file: string, line: number, what: string, options?: ErrorOptions) {
    super('THEIR_REPORT_INVALID', `${file}:${line}: ${what}`, options);
  }
}
