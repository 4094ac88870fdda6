/**
 * Every limit of a stream server (TCP, TLS), with its unit and default. They keep one hostile
 * client from taking the place of others; RFC 7766 section 6 says what a DNS server owes a client.
 */
export interface StreamLimits {
  /** Open connections; at the limit the longest idle one makes room for a newcomer. */
  connectionsMax: number;
  /** Of one client: an IPv4 address or an IPv6 /56; at the limit its own longest idle one goes. */
  connectionsPerClientMax: number;
  /** A connection without a complete query or progress of its answers for so long is closed. */
  idleTimeoutMs: number;
  /** From the first octet of a frame to its last, however steadily they drip. */
  frameTimeoutMs: number;
  /** The same for a connection that waits for an answer of ours. */
  answerTimeoutMs: number;
  /** Answers that a connection may wait for (slow lane) before we stop reading from it. */
  outstandingMax: number;
  /** Octets written to a connection and not yet taken by it before we stop reading from it. */
  unsentSizeMax: number;
  /** Octets held for all connections: incomplete frames and untaken answers. */
  heldSizeMax: number;
  /** Time for open connections to finish when the server closes. */
  closeGraceMs: number;
}

/** The defaults, and what is not configurable. */
export const STREAM_LIMITS = {
  connectionsMax: 4096,
  connectionsPerClientMax: 512,
  idleTimeoutMs: 10_000,
  frameTimeoutMs: 5_000,
  answerTimeoutMs: 60_000,
  outstandingMax: 64,
  unsentSizeMax: 256 * 1024,
  heldSizeMax: 128 * 1024 * 1024,
  closeGraceMs: 1_000,
  /** Connections that the kernel completes before we accept them. */
  backlog: 1024,
  /** Octets of the longest frame: its length is a 16-bit number. */
  frameSizeMax: 65_535,
} as const;
