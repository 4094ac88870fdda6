/**
 * Measurements that were taken from a probe and are not in the ledger yet. A cycle is decided two
 * minutes after its end; until then its tests lie here, synced before the probe hears that they
 * were taken, so that a kill of the sidecar loses none. A last line that was being written is cut
 * off: the probe was not told yes, and sends it again.
 */
import { type FileHandle, mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeFileAtomic } from '#base/atomic-file.ts';
import { CodedError, errorCode, errorMessage } from '#base/coded-error.ts';
import type { Measurement } from '#sla/measurement/measurement.ts';
import { atPlace, formatMeasurement, parseMeasurement } from '#sla/measurement/measurement-file.ts';

/** The sidecar's own files cannot be used; nothing that it could not keep was taken. */
export class IntakeError extends CodedError {
  constructor(path: string, cause: unknown) {
    const message = `${path}: ${errorMessage(cause)}; free the disk or correct the permissions`;
    super('INTAKE_FAILED', message, { cause });
  }
}

export class IntakeJournal {
  readonly #path: string;
  #handle: FileHandle | undefined;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Opens the file with what is in it. Raises IntakeError, or MeasurementError with its place. */
  static async open(path: string): Promise<{ journal: IntakeJournal; held: Measurement[] }> {
    const journal = new IntakeJournal(path);
    try {
      await mkdir(dirname(path), { recursive: true });
      const text = await readFile(path, 'utf8').catch((error: unknown) => {
        if (errorCode(error) === 'ENOENT') return '';
        throw error;
      });
      const lines = text.split('\n');
      lines.pop();
      const held = lines.map((line, at) =>
        atPlace({ file: path, line: at + 1 }, () => parseMeasurement(line)),
      );
      await journal.replace(held);
      return { journal, held };
    } catch (error) {
      throw error instanceof CodedError ? error : new IntakeError(path, error);
    }
  }

  /** Adds lines; durable when it resolves. Calls must not overlap. Raises IntakeError. */
  async append(measurements: readonly Measurement[]): Promise<void> {
    try {
      this.#handle ??= await open(this.#path, 'a', 0o600);
      const { size } = await this.#handle.stat();
      try {
        await this.#handle.writeFile(textOf(measurements));
        await this.#handle.datasync();
      } catch (error) {
        await this.#handle.truncate(size).catch(() => undefined);
        throw error;
      }
    } catch (error) {
      throw new IntakeError(this.#path, error);
    }
  }

  /**
   * Keeps only these: the rest is in the ledger now. Calls must not overlap. Raises IntakeError.
   */
  async replace(measurements: readonly Measurement[]): Promise<void> {
    try {
      await this.close();
      await writeFileAtomic(this.#path, textOf(measurements), 0o600);
    } catch (error) {
      throw new IntakeError(this.#path, error);
    }
  }

  async close(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
  }
}

function textOf(measurements: readonly Measurement[]): string {
  return measurements.map((measurement) => `${formatMeasurement(measurement)}\n`).join('');
}
