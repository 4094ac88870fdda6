/**
 * How a command's failure reaches people and scripts: the exit status, and on standard error one
 * line that says what was wrong, where, and what to do. Errors in files are a line each, in the
 * form `FILE:LINE:COLUMN: message` that editors jump to.
 */
import { CodedError, errorCode, errorMessage, UsageError } from '#base/coded-error.ts';

export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;

/** What to do about errors of the system: they come from paths as operators set them. */
const OWN_IT =
  'let the user that runs this own it (chown), or name another path in the configuration';
const SYSTEM_REMEDIES: Readonly<Record<string, string>> = {
  EACCES: OWN_IT,
  EEXIST: 'a file is where a folder has to be; move it away, or name another path',
  ENOSPC: 'the disk is full; free space',
  ENOTDIR: 'a file is where a folder has to be; move it away, or name another path',
  EPERM: OWN_IT,
  EROFS: 'the file system is read-only; name another path in the configuration',
};

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
  const isForeign = !(error instanceof CodedError);
  const isBug = isForeign && code === undefined;
  const remedy = isForeign ? SYSTEM_REMEDIES[code ?? ''] : undefined;
  const said = remedy === undefined ? message : `${message}; ${remedy}`;
  const text = isBug ? `internal error, please report it: ${said}` : said;
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
