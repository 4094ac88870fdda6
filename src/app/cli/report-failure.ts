/**
 * How a command's failure reaches people and scripts: the exit status, and on standard error one
 * line that says what was wrong, where, and what to do. Errors in files are a line each, in the
 * form `FILE:LINE:COLUMN: message` that editors jump to.
 */
import { CodedError, errorCode, errorMessage, UsageError } from '#base/coded-error.ts';

export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;

export interface FailureReport {
  exitCode: number;
  /** Without line ends. */
  lines: string[];
}

/** For whatever a command threw; never throws itself. */
export function reportFailure(error: unknown): FailureReport {
  const exitCode = error instanceof UsageError ? EXIT_USAGE : EXIT_FAILED;
  const places = fileErrors(error);
  if (places.length > 0) return { exitCode, lines: places };
  const code = errorCode(error);
  const message = errorMessage(error).replaceAll(/\s*\n\s*/g, '; ');
  const isBug = !(error instanceof CodedError) && code === undefined;
  const text = isBug ? `internal error, please report it: ${message}` : message;
  const suffix = code === undefined || code === 'USAGE' ? '' : ` (${code})`;
  return { exitCode, lines: [`holdfast: ${text}${suffix}`] };
}

/**
 * The lines of an error over a file: of FileError itself, of one that collects them as `errors`, or
 * of one whose message has a line for each of its `places`.
 */
function fileErrors(error: unknown): string[] {
  if (!(error instanceof CodedError)) return [];
  if ('place' in error && error.place !== undefined) return [error.message];
  if ('places' in error && Array.isArray(error.places) && error.places.length > 0) {
    return error.message.split('\n');
  }
  if (!('errors' in error) || !Array.isArray(error.errors)) return [];
  return error.errors.filter((each) => each instanceof Error).map(({ message }) => message);
}
