/**
 * Response rate limiting: who forges queries from a victim's address gets no more answers sent
 * there than its network would ask for itself. One token bucket per client network (IPv4 /24, IPv6
 * /56) and kind of answer, in a table that all packet threads share:
 *
 *     4 words a bucket  0 key, 0 for none  1 thousandths of a token  2 last use, ms  3 refusals
 *     4 buckets a set, 64 octets: a network that is not in its set takes the one unused longest
 *
 * A bucket holds one second's worth. Threads do not lock: two that meet in a bucket may count one
 * answer for two, which no limit is exact enough to notice. Where a bucket is empty every
 * `slip`-th answer goes out truncated, so that a real client behind the flood comes back over TCP.
 */
import type { Clock } from '#base/clock.ts';
import type { QueryClient } from '#dns/answer/query-client.ts';
import {
  ANSWER_KIND,
  LIMIT_DROP,
  LIMIT_PASS,
  LIMIT_SLIP,
  type ResponseLimiter,
} from '#dns/answer/response-limiter.ts';
import { AddressRanges } from '#net/address-ranges.ts';
import { LIMIT_ACTION, limitCounter } from './packet-counters.ts';

/** What the operator sets. Answers a second of one network; 0: any number. */
export interface RateLimits {
  perSecond: Readonly<Record<keyof typeof ANSWER_KIND, number>>;
  /** Every which refused answer is sent truncated; 1: all, 0: none. */
  slip: number;
  /** Addresses and networks that are not limited, as `AddressRanges` reads them. */
  exempt: readonly string[];
}

/** The limits and the table, for a thread. */
export interface RateLimitStart {
  limits: RateLimits;
  table: SharedArrayBuffer;
  /** Random, the same in all threads: which networks share a set is nobody's to choose. */
  seed: number;
}

/** 2 MiB. */
const BUCKETS = 131_072;
const BUCKET_WORDS = 4;
const SET_BUCKETS = 4;
const SET_WORDS = SET_BUCKETS * BUCKET_WORDS;
const SET_MASK = BUCKETS / SET_BUCKETS - 1;
const KEY = 0;
const TOKENS = 1;
const USED = 2;
const REFUSALS = 3;
const TOKEN = 1000;
/** What one token bucket can count in 32 bits. */
export const RATE_MAX = 1_000_000;

/** @param seed 32 random bits */
export function makeRateLimits(limits: RateLimits, seed: number): RateLimitStart {
  return { limits, table: new SharedArrayBuffer(BUCKETS * BUCKET_WORDS * 4), seed };
}

export class RateLimiter implements ResponseLimiter {
  readonly #words: Int32Array;
  readonly #rates: Int32Array;
  readonly #slip: number;
  readonly #exempt: AddressRanges;
  readonly #seed: number;
  readonly #clock: Clock;
  readonly #counters: Float64Array;
  #nowMs = 0;

  /** @param counters this thread's row, laid out as PACKET_LAYOUT */
  constructor(start: RateLimitStart, clock: Clock, counters: Float64Array) {
    const { perSecond, slip, exempt } = start.limits;
    this.#words = new Int32Array(start.table);
    this.#rates = new Int32Array(Object.values(ANSWER_KIND).length);
    for (const [name, kind] of Object.entries(ANSWER_KIND)) {
      this.#rates[kind] = perSecond[name as keyof typeof ANSWER_KIND];
    }
    this.#slip = slip;
    this.#exempt = new AddressRanges(exempt);
    this.#seed = start.seed | 0;
    this.#clock = clock;
    this.#counters = counters;
  }

  /** The wall clock, which is the same in all threads. */
  beginBatch(): void {
    this.#nowMs = this.#clock.nowMs() | 0;
  }

  take(client: QueryClient, kind: number): number {
    const rate = this.#rates[kind];
    if (rate === 0) return LIMIT_PASS;
    const { clientOctets, clientAt, isIpv6 } = client;
    if (this.#exempt.contains(clientOctets, clientAt, isIpv6)) return LIMIT_PASS;
    const words = this.#words;
    const bucket = this.#bucketOf(client, kind, rate);
    // A clock that was set back fills nothing.
    const elapsedMs = Math.max(0, (this.#nowMs - words[bucket + USED]) | 0);
    const tokens = Math.min(rate * TOKEN, words[bucket + TOKENS] + elapsedMs * rate);
    words[bucket + USED] = this.#nowMs;
    if (tokens >= TOKEN) {
      words[bucket + TOKENS] = tokens - TOKEN;
      return LIMIT_PASS;
    }
    words[bucket + TOKENS] = tokens;
    words[bucket + REFUSALS] += 1;
    const slips = this.#slip > 0 && (words[bucket + REFUSALS] >>> 0) % this.#slip === 0;
    const action = slips ? LIMIT_ACTION.slipped : LIMIT_ACTION.dropped;
    this.#counters[limitCounter(kind, action)] += 1;
    return slips ? LIMIT_SLIP : LIMIT_DROP;
  }

  /** The first word of the network's bucket, a full one if it had none. */
  #bucketOf({ clientOctets, clientAt, isIpv6 }: QueryClient, kind: number, rate: number): number {
    const words = this.#words;
    let low = (kind << 1) | (isIpv6 ? 1 : 0);
    let high = 0;
    for (let step = 0; step < 3; step++) low = (low << 8) | clientOctets[clientAt + step];
    if (isIpv6) {
      for (let step = 3; step < 7; step++) high = (high << 8) | clientOctets[clientAt + step];
    }
    const hash = mix(mix(this.#seed ^ low) ^ high);
    const key = mix(hash ^ this.#seed ^ 0x5bd1_e995) || 1;
    const set = (hash & SET_MASK) * SET_WORDS;
    let oldest = set;
    for (let bucket = set; bucket < set + SET_WORDS; bucket += BUCKET_WORDS) {
      if (words[bucket + KEY] === key) return bucket;
      if (words[oldest + KEY] === 0) continue;
      const isOlder = ((words[bucket + USED] - words[oldest + USED]) | 0) < 0;
      if (words[bucket + KEY] === 0 || isOlder) oldest = bucket;
    }
    words[oldest + KEY] = key;
    words[oldest + TOKENS] = rate * TOKEN;
    words[oldest + USED] = this.#nowMs;
    words[oldest + REFUSALS] = 0;
    return oldest;
  }
}

/** Spreads 32 bits over 32 bits, one to one (the finalizer of MurmurHash3). */
function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return mixed ^ (mixed >>> 16);
}
