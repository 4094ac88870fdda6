/**
 * How commands get in: many at a time up to a limit, or one alone. What runs alone waits until all
 * that run are over, and nobody begins before it is over: for the few commands of an operator that
 * must know that nobody adds to what they count.
 */
import { RESULT, RegistryError } from '#registry/model/result.ts';

export class CommandGate {
  /** Commands that run or wait. */
  readonly #countMax: number;
  #count = 0;
  #running = 0;
  /** Settles when what runs alone is over. */
  #alone: Promise<void> | undefined;
  #onIdle: (() => void) | undefined;

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  /** @throws RegistryError 2400 when as many commands run or wait as may */
  run<T>(task: () => Promise<T>): Promise<T> {
    return this.#counted(async () => {
      while (this.#alone !== undefined) await this.#alone;
      this.#running += 1;
      try {
        return await task();
      } finally {
        this.#running -= 1;
        if (this.#running === 0) this.#onIdle?.();
      }
    });
  }

  /**
   * Runs `task` while nothing else does. It must not run commands itself.
   * @throws RegistryError 2400 as `run`
   */
  runAlone<T>(task: () => Promise<T>): Promise<T> {
    return this.#counted(async () => {
      while (this.#alone !== undefined) await this.#alone;
      const over = Promise.withResolvers<void>();
      this.#alone = over.promise;
      try {
        await this.#idle();
        return await task();
      } finally {
        this.#alone = undefined;
        over.resolve();
      }
    });
  }

  async #idle(): Promise<void> {
    if (this.#running === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onIdle = resolve;
    await promise;
    this.#onIdle = undefined;
  }

  async #counted<T>(task: () => Promise<T>): Promise<T> {
    if (this.#count >= this.#countMax) {
      throw new RegistryError(RESULT.failed, 'too many commands run: try again');
    }
    this.#count += 1;
    try {
      return await task();
    } finally {
      this.#count -= 1;
    }
  }
}
