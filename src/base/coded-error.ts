/**
 * Errors with a stable code. A code is a promise to operators: it is listed with its meaning and
 * remedy in docs/reference/errors.md, and a test holds that page against the code. The message says
 * what was wrong, where, and what to do. Assertions (`assert`) are for our own mistakes, coded
 * errors for the world's.
 */

export class CodedError extends Error {
  /** Stable, upper case with underscores, prefixed by its part: `STORE_DAMAGED`. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** A place in a file that people write. Line and column count from 1. */
export interface FilePlace {
  file: string;
  line: number;
  column: number;
}

/** An error in a file: prints as `FILE:LINE:COLUMN: message`. */
export class FileError extends CodedError {
  readonly place: FilePlace;
  /** The message without its place. */
  readonly detail: string;

  constructor(code: string, place: FilePlace, detail: string, options?: ErrorOptions) {
    super(code, `${place.file}:${place.line}:${place.column}: ${detail}`, options);
    this.place = place;
    this.detail = detail;
  }
}

/** Wrong use of the command line: exit status 2. */
export class UsageError extends CodedError {
  constructor(message: string, options?: ErrorOptions) {
    super('USAGE', message, options);
  }
}

/** The code of a CodedError, or of a Node system error, or `undefined`. */
export function errorCode(error: unknown): string | undefined {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    return error.code;
  }
  return undefined;
}

const SYSTEM_REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not',
  EISDIR: 'it is a folder',
  ENOENT: 'there is no such file or folder',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of its path is not a folder',
  EPERM: 'the system does not allow it',
  EROFS: 'the file system is read-only',
};

/** Why a file operation failed, for a message that names the file itself. */
export function fileReason(error: unknown): string {
  return SYSTEM_REASONS[errorCode(error) ?? ''] ?? errorMessage(error);
}

/** Why a request over HTTP failed: `fetch` hides the socket's own words one level down. */
export function requestReason(error: unknown): string {
  if (!(error instanceof Error) || error instanceof CodedError) return errorMessage(error);
  return errorMessage(error.cause ?? error);
}

/** One line for people, whatever was thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
