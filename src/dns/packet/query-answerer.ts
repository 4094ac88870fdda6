/**
 * What the packet threads ask of the answer path; `Answerer` (dns/answer) is the real one. Numbers
 * in and out, so that a query costs no object: see the invariants of the data plane.
 */
import type { QueryClient } from '#dns/answer/query-client.ts';

export interface QueryAnswerer {
  /** Pins the image for the queries up to `endBatch`. */
  beginBatch(): void;
  endBatch(): void;
  /** Octets written to `reply`; 0: send nothing; SLOW_LANE: the control thread must answer. */
  answer(
    query: Uint8Array,
    queryAt: number,
    querySize: number,
    reply: Uint8Array,
    replyAt: number,
    replyMax: number,
    isStream: boolean,
    client: QueryClient,
  ): number;
  /** What the last `answer` decided, for the counters. */
  readonly rcode: number;
  readonly qtype: number;
  /** Why it gave 0, from 1 (the order of PACKET_DROPS). */
  readonly dropReason: number;
}

export const SLOW_LANE = -1;
