/**
 * What the answer path asks before it sends an answer over UDP to a client that may not be the one
 * that it seems to be: is there too much of this kind? Who decides is in dns/packet; here are the
 * words both use.
 */
import type { QueryClient } from './query-client.ts';

/** What an answer is to a limiter. */
export const ANSWER_KIND = { positive: 0, referral: 1, nodata: 2, nxdomain: 3, error: 4 } as const;

export const LIMIT_PASS = 0;
/** Send nothing. */
export const LIMIT_DROP = 1;
/** Send the question with TC, so that a real client comes back over TCP. */
export const LIMIT_SLIP = 2;

export interface ResponseLimiter {
  beginBatch(): void;
  /** Counts one answer of this kind and gives LIMIT_*. */
  take(client: QueryClient, kind: number): number;
}
