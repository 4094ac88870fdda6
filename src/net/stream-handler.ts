/**
 * What a stream server asks of whoever answers frames: the counterpart of datagram.ts. A frame is
 * answered at once into `reply`, or later (the slow lane) and then in any order: RFC 7766 section
 * 6.2.1.1 lets a server answer pipelined queries as they get ready.
 */

import type { PeerCertificateFacts } from './peer-certificate.ts';

/** Result of `handle`: the answer is promised; `StreamConnection.answer` gives it. */
export const STREAM_LATER = -1;

/** Why a connection was ended by us, other than for idleness; indexes for counters. */
export const STREAM_DROP = {
  /** No room for it, or it made room for a newcomer. */
  connectionLimit: 0,
  /** A frame, or the TLS handshake before the first, took too long to arrive. */
  frameTimeout: 1,
  /** Too many octets held. */
  memory: 2,
  /** The TLS handshake failed. */
  handshake: 3,
  /** A proxy's PROXY header is broken. */
  proxyRefused: 4,
} as const;

/** The connection that a frame came from; may be kept until its answer is given. */
export interface StreamOrigin {
  /** Unique in its server. */
  readonly id: number;
  /** Index of the listen address. */
  readonly listen: number;
  readonly isIpv6: boolean;
  /** As DatagramOrigin's; of the client that a proxy named, if one did. */
  readonly clientOctets: Uint8Array;
  readonly clientAt: number;
  readonly isEncrypted: boolean;
  /** What a TLS client showed of itself; read anew at each look. */
  readonly certificate: PeerCertificateFacts | undefined;
  /** Of a TLS connection, as OpenSSL names it: `TLSv1.3`. */
  readonly tlsVersion: string | undefined;
  /** As DatagramOrigin's. */
  writeReturnPath(out: Uint8Array, at: number): void;
}

export interface StreamHandler {
  beginBatch(): void;
  /** Octets written to `reply`, at most `replyMax`; 0 answers nothing; or STREAM_LATER. */
  handle(
    origin: StreamOrigin,
    query: Uint8Array,
    queryAt: number,
    querySize: number,
    reply: Uint8Array,
    replyAt: number,
    replyMax: number,
  ): number;
  /** Counts a connection that we ended; `reason` from STREAM_DROP. */
  drop(reason: number): void;
  endBatch(): void;
  /** The connection has closed, once for each: nobody takes what it was promised. */
  closed?(origin: StreamOrigin): void;
}
