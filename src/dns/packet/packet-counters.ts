/**
 * What the packet threads count, and where: one row of shared memory per thread, one more for the
 * control thread's slow lane (base/shared-counters.ts). A snapshot is plain data; the names of the
 * metrics that come of it are the composition's business.
 *
 * A duration is that of a whole batch, from its queries being read to its answers being handed to
 * the kernel, and is counted once for each query that the batch answered: two clock readings per
 * batch instead of per query, and never less than what the query itself took.
 */

import { cumulateLatencies, LATENCY_BUCKETS } from '#base/latency-buckets.ts';
import {
  type CounterRows,
  layoutCounters,
  makeCounterRows,
  sumCounterRows,
} from '#base/shared-counters.ts';
import { ANSWER_KIND } from '#dns/answer/response-limiter.ts';

export const PACKET_PROTOCOLS = ['udp', 'tcp', 'tls'] as const;
export const PACKET_FAMILIES = ['ipv4', 'ipv6'] as const;

export type PacketProtocol = (typeof PACKET_PROTOCOLS)[number];
export type PacketFamily = (typeof PACKET_FAMILIES)[number];

/** Why nothing was answered, in the order of their counters. */
export const PACKET_DROPS = [
  // DATAGRAM_DROP (net/datagram.ts)
  'oversize',
  'send-refused',
  'send-buffer-full',
  'proxy-refused',
  // STREAM_DROP (net/stream-handler.ts)
  'connection-limit',
  'frame-timeout',
  'stream-memory',
  'tls-handshake',
  'stream-proxy-refused',
  // The slow lane: no room in the ring, no answer given, no way to send it.
  'slow-lane-full',
  'slow-lane-silent',
  'slow-lane-unsent',
  // The answer path (DROP_* of dns/answer, from 1): no whole header, a response, no room for even
  // the question, too many answers of the kind (rate-limiter.ts); the last stands for reasons that
  // have no name here.
  'short',
  'response',
  'no-room',
  'rate-limited',
  'other',
] as const;

export type PacketDrop = (typeof PACKET_DROPS)[number];

/** First counter of each source's own reasons. */
export const DROP_AT = { datagram: 0, stream: 4, slow: 9, answer: 12 } as const;
const ANSWER_DROPS = PACKET_DROPS.length - DROP_AT.answer;
export const SLOW_DROP = { full: 0, silent: 1, unsent: 2 } as const;

/** What became of an answer over the limit. */
export const LIMIT_ACTIONS = ['dropped', 'slipped'] as const;
export const LIMIT_ACTION = { dropped: 0, slipped: 1 } as const;
const ANSWER_KIND_NAMES = Object.keys(ANSWER_KIND) as (keyof typeof ANSWER_KIND)[];

/** Types up to here have a counter each; the last slot is for all others. */
const TYPE_SLOTS = 512;
export const TYPE_OTHER = TYPE_SLOTS - 1;
const RCODE_SLOTS = 24;

export const PACKET_LAYOUT = layoutCounters({
  requests: PACKET_PROTOCOLS.length * PACKET_FAMILIES.length * TYPE_SLOTS,
  responses: PACKET_PROTOCOLS.length * RCODE_SLOTS,
  dropped: PACKET_DROPS.length,
  durations: PACKET_PROTOCOLS.length * LATENCY_BUCKETS,
  durationSumUs: PACKET_PROTOCOLS.length,
  connections: 1,
  limited: ANSWER_KIND_NAMES.length * LIMIT_ACTIONS.length,
  // Rounds of the thread's loop: it stands still while the thread hangs (thread-watchdog.ts).
  beats: 1,
});

/** Position of a protocol in the counters. */
export function protocolSlot(protocol: PacketProtocol): number {
  return PACKET_PROTOCOLS.indexOf(protocol);
}

/** Index of a request's counter; `proto` and `family` are positions in the lists above. */
export function requestCounter(proto: number, family: number, type: number): number {
  const slot = type < TYPE_OTHER ? type : TYPE_OTHER;
  return PACKET_LAYOUT.at.requests + (proto * PACKET_FAMILIES.length + family) * TYPE_SLOTS + slot;
}

export function responseCounter(proto: number, rcode: number): number {
  const slot = rcode < RCODE_SLOTS ? rcode : RCODE_SLOTS - 1;
  return PACKET_LAYOUT.at.responses + proto * RCODE_SLOTS + slot;
}

/** Index of the counter for an answerer's own reason, which counts from 1. */
export function answerDropCounter(reason: number): number {
  const slot = reason >= 1 && reason <= ANSWER_DROPS ? reason - 1 : ANSWER_DROPS - 1;
  return PACKET_LAYOUT.at.dropped + DROP_AT.answer + slot;
}

/** Index of the counter for answers over the limit. @param kind ANSWER_KIND */
export function limitCounter(kind: number, action: number): number {
  return PACKET_LAYOUT.at.limited + kind * LIMIT_ACTIONS.length + action;
}

export interface PacketSnapshot {
  /** Only what was counted; `type` is an IANA number, TYPE_OTHER stands for all from there on. */
  requests: { protocol: PacketProtocol; family: PacketFamily; type: number; count: number }[];
  /** Every protocol with every rcode that the layout has, zero or not. */
  responses: { protocol: PacketProtocol; rcode: number; count: number }[];
  /** Every reason, zero or not. */
  dropped: { reason: PacketDrop; count: number }[];
  /** Every kind of answer with everything that can be done about too many, zero or not. */
  limited: {
    kind: keyof typeof ANSWER_KIND;
    action: (typeof LIMIT_ACTIONS)[number];
    count: number;
  }[];
  durations: {
    protocol: PacketProtocol;
    /** Answers that took at most each of the bounds asked for. */
    within: number[];
    total: number;
    sumSeconds: number;
  }[];
  /** Open stream connections. */
  connections: number;
  /** Threads that died and were replaced. */
  restarts: number;
}

/** One row per packet thread, one for the stream thread, one for the control thread. */
export function makePacketCounters(rows: number): CounterRows {
  return makeCounterRows(PACKET_LAYOUT, rows);
}

/**
 * Sums all rows.
 * @param boundsSeconds of the duration histogram, ascending
 */
export function snapshotPackets(
  counters: CounterRows,
  boundsSeconds: readonly number[],
  restarts: number,
): PacketSnapshot {
  const sum = sumCounterRows(counters);
  const { at } = PACKET_LAYOUT;
  const boundsUs = boundsSeconds.map((bound) => Math.round(bound * 1e6));
  const snapshot: PacketSnapshot = {
    requests: [],
    responses: [],
    dropped: PACKET_DROPS.map((reason, i) => ({ reason, count: sum[at.dropped + i] })),
    limited: ANSWER_KIND_NAMES.flatMap((kind) =>
      LIMIT_ACTIONS.map((action, i) => ({
        kind,
        action,
        count: sum[limitCounter(ANSWER_KIND[kind], i)],
      })),
    ),
    durations: [],
    connections: sum[at.connections],
    restarts,
  };
  for (const [proto, protocol] of PACKET_PROTOCOLS.entries()) {
    for (const [i, family] of PACKET_FAMILIES.entries()) {
      for (let type = 0; type < TYPE_SLOTS; type++) {
        const count = sum[requestCounter(proto, i, type)];
        if (count > 0) snapshot.requests.push({ protocol, family, type, count });
      }
    }
    for (let rcode = 0; rcode < RCODE_SLOTS; rcode++) {
      snapshot.responses.push({ protocol, rcode, count: sum[responseCounter(proto, rcode)] });
    }
    const from = at.durations + proto * LATENCY_BUCKETS;
    const { within, total } = cumulateLatencies(
      sum.subarray(from, from + LATENCY_BUCKETS),
      boundsUs,
    );
    const sumSeconds = sum[at.durationSumUs + proto] / 1e6;
    snapshot.durations.push({ protocol, within, total, sumSeconds });
  }
  return snapshot;
}
