/**
 * Gives up on a peer that makes no progress: a timer that starts anew with every sign of life. It
 * bounds what hangs without bounding what is merely large.
 */
import { LocationError } from './location-error.ts';

export class Silence {
  readonly #abort = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #limitMs: number;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
    this.#timer = setTimeout(() => this.#abort.abort(), limitMs);
  }

  /** Aborted when nothing happened for too long. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get isOver(): boolean {
    return this.#abort.signal.aborted;
  }

  /** A sign of life. */
  postpone(): void {
    this.#timer.refresh();
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  /** `LOCATION_SILENT` in place of the error that giving up led to. */
  explain(error: unknown): unknown {
    if (!this.isOver) return error;
    return new LocationError('LOCATION_SILENT', `no answer for ${this.#limitMs} ms`);
  }
}
