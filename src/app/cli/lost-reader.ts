/**
 * Who reads our standard output may leave before all was written, as `head` does. Without a word
 * from us Node ends the process with a stack trace then. A command that prints a result says in one
 * line that there was more; a server goes on, as a log that nobody reads is no reason to stop.
 */
import { CodedError, errorCode } from '#base/coded-error.ts';
import { reportFailure } from './report-failure.ts';

/** The result was not read to its end. */
class OutputClosedError extends CodedError {
  constructor() {
    super('OUTPUT_CLOSED', 'standard output was closed before everything was written to it');
  }
}

/** What of `process.stdout` and `process.stderr` is used. */
interface Output {
  on(event: 'error', listener: (error: Error) => void): unknown;
  removeAllListeners(event: 'error'): unknown;
}

/** For commands that print a result: `end` is called with the exit status, once it was said. */
export function endWithoutReader(
  stdout: Output,
  stderr: { write(text: string): unknown },
  end: (exitCode: number) => void,
): void {
  stdout.on('error', (error) => {
    const lost = errorCode(error) === 'EPIPE' ? new OutputClosedError() : error;
    const { exitCode, lines } = reportFailure(lost);
    stderr.write(`${lines.join('\n')}\n`);
    end(exitCode);
  });
}

/** For servers, instead. */
export function goOnWithoutReader(stdout: Output): void {
  stdout.removeAllListeners('error');
  stdout.on('error', () => undefined);
}
