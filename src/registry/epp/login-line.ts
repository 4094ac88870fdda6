/**
 * The line in which logins wait. Working out a password takes 20 ms of a processor and 19 MiB on
 * the thread pool on which the store reads and writes as well; a hundred at once would stop the
 * register, and all that shares its process. So one is worked out at a time, and clients take
 * turns: whoever sends a flood of logins waits behind it alone.
 *
 *     client A  ###########          turns: A B A C A A …
 *     client B  #
 *     client C  #
 */
import { RESULT, RegistryError } from '#registry/model/result.ts';

/** Logins that may wait in all, and of one client; further ones are answered 2400. */
export interface LoginLineLimits {
  loginsWaitingMax: number;
  loginsWaitingPerClientMax: number;
}

export class LoginLine {
  readonly #limits: LoginLineLimits;
  /** Those that wait, by client; whose turn is next comes first. */
  readonly #waiting = new Map<string, (() => void)[]>();
  #waitingCount = 0;
  #isBusy = false;

  constructor(limits: LoginLineLimits) {
    this.#limits = limits;
  }

  /**
   * Runs `login` when it is its turn.
   * @param client what counts as one client: client-network.ts
   * @throws RegistryError 2400 where too many wait; and what `login` throws
   */
  async run<T>(client: string, login: () => Promise<T>): Promise<T> {
    if (this.#isBusy) await this.#wait(client);
    this.#isBusy = true;
    try {
      return await login();
    } finally {
      this.#isBusy = false;
      this.#callNext();
    }
  }

  #wait(client: string): Promise<void> {
    const { loginsWaitingMax, loginsWaitingPerClientMax } = this.#limits;
    const own = this.#waiting.get(client) ?? [];
    if (this.#waitingCount >= loginsWaitingMax || own.length >= loginsWaitingPerClientMax) {
      throw new RegistryError(RESULT.failed, 'too many log in at once: try again');
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    own.push(resolve);
    this.#waiting.set(client, own);
    this.#waitingCount += 1;
    return promise;
  }

  #callNext(): void {
    const [next] = this.#waiting;
    if (next === undefined) return;
    const [client, [call, ...others]] = next;
    this.#waiting.delete(client);
    if (others.length > 0) this.#waiting.set(client, others);
    this.#waitingCount -= 1;
    // From here on it is the one that is worked out: nobody gets in before it wakes.
    this.#isBusy = true;
    call?.();
  }
}
