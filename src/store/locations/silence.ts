/**
 * Gives up on a peer that makes no progress: a timer that starts anew whenever enough octets came.
 * It bounds what hangs, and what drips one octet at a time so as not to hang, without bounding what
 * is merely large.
 */
import { LocationError } from './location-error.ts';

/** In each time limit; a kilobyte a second where that is a minute. What is smaller fits in one. */
const PROGRESS_OCTETS_MIN = 64 << 10;

export class Silence {
  readonly #abort = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #limitMs: number;
  /** Since the timer started. */
  #octets = 0;

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

  /** Something was sent, however little: it may be slow to make, and copies have a deadline. */
  postpone(): void {
    this.#timer.refresh();
  }

  /** So many octets came. */
  progress(octets: number): void {
    this.#octets += octets;
    if (this.#octets < PROGRESS_OCTETS_MIN) return;
    this.#octets = 0;
    this.postpone();
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
