/**
 * Results that the sidecar does not have yet, on disk. Each batch is one file, whole or not there
 * at all, named after its first sequence number; it is removed when the sidecar has said that it
 * has it. So a result survives a kill of the probe and an absence of the sidecar, and one that is
 * sent twice is known by its number.
 *
 *   add -> SPOOL/000000000000001.ndjson -> hand over -> removed
 *                                                    -> SPOOL/refused/ when it will never be taken
 */
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '#base/atomic-file.ts';
import type { Event, Test } from '#sla/measurement/measurement.ts';
import { formatMeasurement } from '#sla/measurement/measurement-file.ts';
import { dataFailure, SequenceNumbers } from './sequence-numbers.ts';

/** Batches kept while the sidecar is away; a day of one batch a second. */
export const SPOOL_FILES_MAX = 86_400;
/** Characters of one handing-over; the sidecar takes bodies of 1 MiB. */
const HAND_OVER_SIZE_MAX = 500_000;
const NAME_DIGITS = 16;

/** What a probe has to say; tests get their number here. */
export type Result = Unnumbered<Test> | Event;

type Unnumbered<T> = T extends unknown ? Omit<T, 'seq'> : never;

/** Some of the oldest results, to be sent together. */
export interface SpooledBatch {
  files: string[];
  /** NDJSON. */
  text: string;
}

export class Spool {
  readonly #folder: string;
  readonly #numbers: SequenceNumbers;
  readonly #filesMax: number;
  #files: string[];
  #last: Promise<unknown> = Promise.resolve();
  #dropped = 0;

  private constructor(folder: string, numbers: SequenceNumbers, files: string[], filesMax: number) {
    this.#folder = folder;
    this.#numbers = numbers;
    this.#files = files;
    this.#filesMax = filesMax;
  }

  /** Opens `folder` (made if missing) with what was left in it. Raises PROBE_DATA_FAILED. */
  static async open(folder: string, nowMs: number, filesMax = SPOOL_FILES_MAX): Promise<Spool> {
    try {
      await mkdir(join(folder, 'refused'), { recursive: true, mode: 0o700 });
      const names = await readdir(folder);
      const files = names.filter((name) => /^\d+\.ndjson$/.test(name)).sort();
      const numbers = await SequenceNumbers.open(join(folder, 'next'), nowMs);
      return new Spool(folder, numbers, files, filesMax);
    } catch (error) {
      throw dataFailure(folder, error);
    }
  }

  /** Batches that wait. */
  get size(): number {
    return this.#files.length;
  }

  /** Batches that were given up because too many waited. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Numbers the tests and keeps all; durable when it resolves. Raises PROBE_DATA_FAILED. */
  add(results: readonly Result[]): Promise<void> {
    const done = this.#last.then(() => this.#add(results));
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** The oldest results, or `undefined` when none wait. Raises PROBE_DATA_FAILED. */
  async oldest(filesMax = Infinity): Promise<SpooledBatch | undefined> {
    const files: string[] = [];
    let text = '';
    for (const file of this.#files) {
      if (files.length >= filesMax) break;
      const path = join(this.#folder, file);
      const more = await readFile(path, 'utf8').catch((error: unknown) => {
        throw dataFailure(path, error);
      });
      if (files.length > 0 && text.length + more.length > HAND_OVER_SIZE_MAX) break;
      files.push(file);
      text += more;
    }
    return files.length === 0 ? undefined : { files, text };
  }

  /** The sidecar has them. */
  async remove(files: readonly string[]): Promise<void> {
    for (const file of files) await rm(join(this.#folder, file), { force: true });
    this.#files = this.#files.filter((file) => !files.includes(file));
  }

  /** The sidecar will never take this one: kept aside for people to look at. */
  async setAside(file: string): Promise<void> {
    await rename(join(this.#folder, file), join(this.#folder, 'refused', file));
    this.#files = this.#files.filter((other) => other !== file);
  }

  async #add(results: readonly Result[]): Promise<void> {
    if (results.length === 0) return;
    let seq = await this.#numbers.take(results.length);
    const file = `${String(seq).padStart(NAME_DIGITS, '0')}.ndjson`;
    let text = '';
    for (const result of results) {
      const whole = result.kind === 'test' ? ({ ...result, seq } as Test) : result;
      text += `${formatMeasurement(whole)}\n`;
      seq += 1;
    }
    const path = join(this.#folder, file);
    await writeFileAtomic(path, text, 0o600).catch((error: unknown) => {
      throw dataFailure(path, error);
    });
    this.#files.push(file);
    if (this.#files.length > this.#filesMax) {
      this.#dropped += 1;
      await this.remove(this.#files.slice(0, 1));
    }
  }
}
