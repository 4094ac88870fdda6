/** A file that was refused whole, with a line for each thing that is wrong in it. */
import { CodedError, FileError } from '#base/coded-error.ts';

/** As checks report it; line 0 or none stands for the file as a whole. */
export interface FileFinding {
  line?: number;
  column?: number;
  code: string;
  message: string;
}

/** `report-failure.ts` prints the errors, one a line, and nothing else. */
export class FileRefusedError extends CodedError {
  readonly errors: readonly FileError[];

  constructor(errors: readonly FileError[]) {
    super('FILE_REFUSED', errors.map(({ message }) => message).join('\n'));
    this.errors = errors;
  }
}

export function fileErrorOf(file: string, finding: FileFinding): FileError {
  const { line = 1, column = 1, code, message } = finding;
  return new FileError(
    code,
    { file, line: Math.max(line, 1), column: Math.max(column, 1) },
    message,
  );
}
