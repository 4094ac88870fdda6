/** Cuts a stream of octets into lines of UTF-8, however the octets arrive. */
import { RddsError } from '../rdds-error.ts';
import { LINE_SIZE_MAX } from './replica-line.ts';

const NEWLINE = 0x0a;

export class LineReader {
  #held: Uint8Array[] = [];
  #heldSize = 0;

  /**
   * The lines that `chunk` completes, without their ends.
   * @throws RddsError RDDS_STREAM_INVALID for a line that is too long
   */
  push(chunk: Uint8Array): string[] {
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end === 0) {
      this.#hold(chunk);
      return [];
    }
    const whole = Buffer.concat([...this.#held, chunk.subarray(0, end)]);
    this.#held = [];
    this.#heldSize = 0;
    this.#hold(chunk.subarray(end));
    return whole.toString('utf8').split('\n').slice(0, -1);
  }

  #hold(rest: Uint8Array): void {
    if (rest.length === 0) return;
    this.#heldSize += rest.length;
    if (this.#heldSize > LINE_SIZE_MAX) {
      throw new RddsError('RDDS_STREAM_INVALID', `a line of more than ${LINE_SIZE_MAX} octets`);
    }
    this.#held.push(rest);
  }
}
