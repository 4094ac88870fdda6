/**
 * One query to one server, and what came back: the part of a test that the stopwatch runs for. Both
 * transports give the same result; round-trip times are microseconds of the monotonic clock.
 *
 *   UDP   first packet out ... last packet in
 *   TCP   start of the connection ... its end, with one query in it
 */
import type { Clock } from '#base/clock.ts';
import type { ListenAddress } from '#net/listen-address.ts';
import type { ProbeErrorCode } from './probe-error.ts';

export type Transport = 'udp' | 'tcp';

export type Exchange =
  | { reply: Uint8Array; rttUs: number }
  /** `rttUs` is there when it is known how long it took to fail. */
  | { failure: ProbeErrorCode; rttUs?: number };

export interface ExchangeOptions {
  server: ListenAddress;
  /** The message, without the length that goes before it over TCP. */
  query: Uint8Array;
  timeoutMs: number;
  clock: Clock;
  /** Ends the exchange with `stopped`. */
  signal: AbortSignal;
}

/** True if a datagram answers the query: same id, and the response bit (RFC 1035 4.1.1). */
export function isReplyTo(query: Uint8Array, octets: Uint8Array): boolean {
  return (
    octets.length >= 12 &&
    octets[0] === query[0] &&
    octets[1] === query[1] &&
    ((octets[2] ?? 0) & 0x80) !== 0
  );
}
