/**
 * Joins the sockets (net) to the answer path and counts: asks the answerer, adds to this thread's
 * row of counters, hands what only the control thread can answer to the slow lane. The same object
 * serves datagrams and frames; it belongs to one thread.
 */
import type { Clock } from '#base/clock.ts';
import { LATENCY_BUCKETS, latencyBucket } from '#base/latency-buckets.ts';
import type { DatagramHandler, DatagramOrigin } from '#net/datagram.ts';
import {
  answerDropCounter,
  DROP_AT,
  PACKET_LAYOUT,
  type PacketProtocol,
  protocolSlot,
  requestCounter,
  responseCounter,
  SLOW_DROP,
} from './packet-counters.ts';
import { type QueryAnswerer, SLOW_LANE } from './query-answerer.ts';

/** Takes a query that the image cannot answer; false if there is no room for it. */
export type SlowPush<O> = (origin: O, query: Uint8Array, at: number, size: number) => boolean;

export interface PacketHandlerOptions<O> {
  answerer: QueryAnswerer;
  clock: Clock;
  /** This thread's row, laid out as PACKET_LAYOUT. */
  counters: Float64Array;
  protocol: PacketProtocol;
  pushSlow: SlowPush<O>;
  /** Given for a query that waits for the control thread: 0, or STREAM_LATER for frames. */
  later: number;
  /** Of frames: the connection is gone. */
  onClosed?: (origin: O) => void;
}

/** What a thread's loop drives. */
export interface ThreadHandler extends DatagramHandler {
  /** One round of the thread's loop, with or without queries: the thread is alive. */
  beat(): void;
}

/** `O`: DatagramOrigin or StreamOrigin, which the slow lane gets. */
export class PacketHandler<O extends DatagramOrigin> implements ThreadHandler {
  readonly #answerer: QueryAnswerer;
  readonly #clock: Clock;
  readonly #counters: Float64Array;
  readonly #isStream: boolean;
  readonly #pushSlow: SlowPush<O>;
  readonly #later: number;
  readonly #onClosed: ((origin: O) => void) | undefined;
  readonly #proto: number;
  readonly #dropAt: number;
  #batchSinceUs = 0;
  #answered = 0;

  constructor(options: PacketHandlerOptions<O>) {
    this.#answerer = options.answerer;
    this.#clock = options.clock;
    this.#counters = options.counters;
    this.#isStream = options.protocol !== 'udp';
    this.#pushSlow = options.pushSlow;
    this.#later = options.later;
    this.#onClosed = options.onClosed;
    this.#proto = protocolSlot(options.protocol);
    this.#dropAt = PACKET_LAYOUT.at.dropped + (this.#isStream ? DROP_AT.stream : DROP_AT.datagram);
  }

  beat(): void {
    this.#counters[PACKET_LAYOUT.at.beats] += 1;
  }

  beginBatch(): void {
    this.#batchSinceUs = this.#clock.monotonicUs();
    this.#answered = 0;
    this.#answerer.beginBatch();
  }

  handle(
    origin: O,
    query: Uint8Array,
    queryAt: number,
    querySize: number,
    reply: Uint8Array,
    replyAt: number,
    replyMax: number,
  ): number {
    const answerer = this.#answerer;
    const counters = this.#counters;
    const size = answerer.answer(
      query,
      queryAt,
      querySize,
      reply,
      replyAt,
      replyMax,
      this.#isStream,
      origin,
    );
    if (size === 0) {
      counters[answerDropCounter(answerer.dropReason)] += 1;
      return 0;
    }
    counters[requestCounter(this.#proto, origin.isIpv6 ? 1 : 0, answerer.qtype)] += 1;
    if (size === SLOW_LANE) return this.#goSlow(origin, query, queryAt, querySize);
    counters[responseCounter(this.#proto, answerer.rcode)] += 1;
    this.#answered += 1;
    return size;
  }

  #goSlow(origin: O, query: Uint8Array, at: number, size: number): number {
    if (this.#pushSlow(origin, query, at, size)) return this.#later;
    this.#counters[PACKET_LAYOUT.at.dropped + DROP_AT.slow + SLOW_DROP.full] += 1;
    return 0;
  }

  /** `reason` from DATAGRAM_DROP, or STREAM_DROP for a handler of frames. */
  drop(reason: number): void {
    this.#counters[this.#dropAt + reason] += 1;
  }

  /** See StreamHandler. */
  closed(origin: O): void {
    this.#onClosed?.(origin);
  }

  endBatch(): void {
    this.#answerer.endBatch();
    if (this.#answered === 0) return;
    const us = this.#clock.monotonicUs() - this.#batchSinceUs;
    const { durations, durationSumUs } = PACKET_LAYOUT.at;
    const bucket = durations + this.#proto * LATENCY_BUCKETS + latencyBucket(us);
    this.#counters[bucket] += this.#answered;
    this.#counters[durationSumUs + this.#proto] += us * this.#answered;
  }
}
