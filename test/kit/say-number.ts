/** How a process that is to be killed says what was acknowledged (write-until-killed.ts). */
import { writeSync } from 'node:fs';
import { errorCode } from '#base/coded-error.ts';

/**
 * The number is with the system when this returns, so a kill cannot take it back. Standard output
 * is a pipe that does not wait: while its reader is slower, this does.
 */
export function sayNumber(number: number): void {
  for (;;) {
    try {
      writeSync(1, `${number}\n`);
      return;
    } catch (error) {
      if (errorCode(error) !== 'EAGAIN') throw error;
    }
  }
}
