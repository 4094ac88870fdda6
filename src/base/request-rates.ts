/**
 * How often somebody may ask: a token bucket each. A bucket holds `burst` requests and fills by
 * `perSecond`; who finds it empty waits for the next one (in HTTP 429 with Retry-After, RFC 6585
 * section 4; in EPP a connection that is closed). Of the buckets only the newest are kept: the one
 * that was used longest ago has had the most time to fill, so forgetting it gives away least.
 */
import type { Clock } from '#base/clock.ts';

/** Buckets kept at a time. */
export const BUCKETS_MAX = 10_000;

export interface RateLimit {
  /** 0: no limit. */
  perSecond: number;
  /** Requests that may come at once, at least 1. */
  burst: number;
}

/** A wait as people and Retry-After are told it: whole seconds, at least one. */
export function waitSeconds(waitMs: number): number {
  return Math.max(1, Math.ceil(waitMs / 1000));
}

interface Bucket {
  /** Requests that it still holds. */
  level: number;
  atUs: number;
}

export class RequestRates {
  readonly #limit: RateLimit;
  readonly #clock: Clock;
  /** By whom, the one that was used longest ago first. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(limit: RateLimit, clock: Clock) {
    this.#limit = limit;
    this.#clock = clock;
  }

  /** Takes one request out of a bucket: 0, or how many milliseconds until there is one. */
  take(whose: string): number {
    const { perSecond, burst } = this.#limit;
    if (perSecond === 0) return 0;
    const nowUs = this.#clock.monotonicUs();
    const bucket = this.#buckets.get(whose) ?? { level: burst, atUs: nowUs };
    const passedS = (nowUs - bucket.atUs) / 1_000_000;
    const level = Math.min(burst, bucket.level + passedS * perSecond);
    const isThere = level >= 1;
    this.#buckets.delete(whose);
    this.#buckets.set(whose, { level: isThere ? level - 1 : level, atUs: nowUs });
    if (this.#buckets.size > BUCKETS_MAX) this.#forgetOldest();
    return isThere ? 0 : Math.ceil(((1 - level) / perSecond) * 1000);
  }

  #forgetOldest(): void {
    for (const whose of this.#buckets.keys()) {
      this.#buckets.delete(whose);
      return;
    }
  }
}
