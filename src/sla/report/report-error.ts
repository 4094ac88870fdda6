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
