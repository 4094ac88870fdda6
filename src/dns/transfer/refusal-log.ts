/**
 * Says in the log who was refused and why, without letting strangers fill it: so many lines a
 * minute, and then one with how many there were beside them.
 */
import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import { formatName, type Name } from '#dns/wire/name.ts';
import type { CheckedRequest } from './request-router.ts';

/** Refusals that get a line of their own in a minute. */
export const REFUSALS_LOGGED_MAX = 60;
const PERIOD_MS = 60_000;

export class RefusalLog {
  readonly #log: Log;
  readonly #clock: Clock;
  #periodStartMs = 0;
  #count = 0;

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** @param what `transfer`, completes "… refused" */
  refused(what: string, zone: Name, request: Omit<CheckedRequest, 'octets'>, reason: string): void {
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#periodStartMs >= PERIOD_MS) {
      const unsaid = this.#count - REFUSALS_LOGGED_MAX;
      if (unsaid > 0) this.#log.warn({ count: unsaid }, `more were refused: ${what}`);
      this.#periodStartMs = nowMs;
      this.#count = 0;
    }
    this.#count += 1;
    if (this.#count > REFUSALS_LOGGED_MAX) return;
    this.#log.warn({ zone: formatName(zone), ...askerOf(request), reason }, `${what} refused`);
  }
}

/** Who asks, as log lines name it. */
export function askerOf({ peer, key, transport }: Omit<CheckedRequest, 'octets' | 'message'>) {
  return {
    peer: peer.address,
    transport,
    ...(key !== undefined && { key: formatName(key.name) }),
  };
}
