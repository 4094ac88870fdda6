/**
 * What is wrong with a configuration file: all of it at once, each error with its place, so that
 * one run is enough to repair a file.
 */
import { CodedError, FileError } from '#base/coded-error.ts';

/** One error in a configuration file: `FILE:LINE:COLUMN: path: message`. */
export class ConfigFileError extends FileError {
  constructor(place: FileError['place'], detail: string) {
    super('CONFIG_INVALID', place, detail);
  }
}

/** All errors of a file, or of several that are checked together, ordered by place; a line each. */
export class ConfigError extends CodedError {
  readonly errors: readonly FileError[];

  constructor(errors: readonly FileError[]) {
    super('CONFIG_INVALID', errors.map(({ message }) => message).join('\n'));
    this.errors = errors;
  }
}

/** The file is missing, not a file, or may not be read. */
export class ConfigUnreadableError extends CodedError {
  constructor(message: string, options?: ErrorOptions) {
    super('CONFIG_UNREADABLE', message, options);
  }
}
