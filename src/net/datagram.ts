/**
 * What the UDP loops (udp-batched.ts, udp-plain.ts) ask of whoever answers datagrams. Octets go in
 * and out by offset into buffers that are laid out once, so a datagram costs no object. The loops
 * know no protocol; the handler knows no socket.
 *
 *   receive a batch -> beginBatch -> handle, once per datagram -> send the batch -> endBatch
 */

export const DATAGRAM_LIMITS = {
  /** Datagrams read and written by one system call. */
  batchSize: 64,
  /** Octets of the longest query taken; a longer one is dropped and counted. */
  querySizeMax: 4096,
  /** Octets of the longest reply; at least the largest EDNS payload size that is offered. */
  replySizeMax: 4096,
  /** Longest wait for a datagram before control words are looked at. */
  waitMs: 100,
  /** Longest wait for room in a full send buffer before the rest of a batch is dropped. */
  sendWaitMs: 20,
  /** Octets asked for in each socket's kernel buffers, each way. */
  kernelBufferSize: 8 * 1024 * 1024,
} as const;

/** Why a loop did not deliver a datagram; indexes for counters. */
export const DATAGRAM_DROP = {
  /** Longer than `querySizeMax`. */
  oversize: 0,
  /** The kernel refused to send this one reply (firewall, unroutable, too big). */
  refused: 1,
  /** The send buffer stayed full. */
  congested: 2,
  /** A PROXY header from who may not send one, or a broken one. */
  proxyRefused: 3,
} as const;

/** Where the datagram in hand came from; only valid inside `handle`. */
export interface DatagramOrigin {
  /** Index of the listen address. */
  readonly listen: number;
  readonly isIpv6: boolean;
  /** The client's address where it lies: 4 octets, 16 with `isIpv6`, from `clientAt` on. */
  readonly clientOctets: Uint8Array;
  readonly clientAt: number;
  /** Whether others on the way could read it. */
  readonly isEncrypted: boolean;
  /** Copies RETURN_PATH_SIZE octets (return-path.ts) with which a reply can be sent later. */
  writeReturnPath(out: Uint8Array, at: number): void;
}

export interface DatagramHandler {
  beginBatch(): void;
  /** Octets written to `reply`, at most `replyMax`; 0 sends nothing. Must not throw or await. */
  handle(
    origin: DatagramOrigin,
    query: Uint8Array,
    queryAt: number,
    querySize: number,
    reply: Uint8Array,
    replyAt: number,
    replyMax: number,
  ): number;
  /** Counts a datagram that could not be delivered; `reason` from DATAGRAM_DROP. */
  drop(reason: number): void;
  endBatch(): void;
}
