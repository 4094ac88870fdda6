/**
 * The numbers of a probe's results. The sidecar tells a repeated line from a new one by probe and
 * number, so a number must never come twice, not even after kill -9: blocks are reserved in a file
 * before they are used. A lost file starts at the time in milliseconds, which is ahead of all
 * numbers that were given at less than a thousand a second.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeFileAtomic } from '#base/atomic-file.ts';
import { CodedError, errorCode, errorMessage } from '#base/coded-error.ts';

const BLOCK = 1000;

export class SequenceNumbers {
  readonly #path: string;
  #next: number;
  #reserved: number;

  private constructor(path: string, next: number) {
    this.#path = path;
    this.#next = next;
    this.#reserved = next;
  }

  /** @throws CodedError PROBE_DATA_FAILED when the file cannot be read or written */
  static async open(path: string, nowMs: number): Promise<SequenceNumbers> {
    try {
      await mkdir(dirname(path), { recursive: true });
      const stored = Number(await readFile(path, 'utf8'));
      return new SequenceNumbers(path, Math.max(Number.isSafeInteger(stored) ? stored : 0, nowMs));
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return new SequenceNumbers(path, nowMs);
      throw dataFailure(path, error);
    }
  }

  /**
   * The next `count` numbers, reserved on disk. Calls must not overlap. Raises PROBE_DATA_FAILED.
   */
  async take(count: number): Promise<number> {
    const first = this.#next;
    if (first + count > this.#reserved) {
      const reserved = first + count + BLOCK;
      try {
        await writeFileAtomic(this.#path, `${reserved}\n`, 0o600);
      } catch (error) {
        throw dataFailure(this.#path, error);
      }
      this.#reserved = reserved;
    }
    this.#next = first + count;
    return first;
  }
}

/** The probe's own files cannot be used. */
export function dataFailure(path: string, cause: unknown): CodedError {
  return new CodedError(
    'PROBE_DATA_FAILED',
    `${path}: ${errorMessage(cause)}; free the disk or correct the permissions`,
    { cause },
  );
}
