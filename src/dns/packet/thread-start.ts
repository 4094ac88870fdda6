/**
 * What crosses between the control thread and the threads that it starts: what a thread is given,
 * and the messages of those that run an event loop. Everything here is structured-cloneable.
 */
import type { ClockConfig } from '#base/clock.ts';
import type { CounterRows } from '#base/shared-counters.ts';
import type { ListenAddress } from '#net/listen-address.ts';
import type { PeerCertificateFacts } from '#net/peer-certificate.ts';
import type { StreamLimits } from '#net/stream-limits.ts';
import type { StreamSource } from '#net/stream-server.ts';
import type { TlsCredentials } from '#net/tls-gate.ts';
import type { UdpSocket } from '#net/udp-batched.ts';

/**
 * Words of the control memory (Int32): the first is set to stop every thread, the second is the
 * slow lane's bell.
 */
export const CONTROL_WORD = { stop: 0, bell: 1 } as const;
export const CONTROL_WORDS = 16;

interface ThreadStartBase {
  /** Position among all threads: its row of counters and its reader slot of the image. */
  thread: number;
  control: SharedArrayBuffer;
  counters: CounterRows;
  clock: ClockConfig;
  /** Who may say with a PROXY header for whom it asks, as `AddressRanges` reads them. */
  proxies: readonly string[];
  /** What the thread's module makes its answerer from. */
  answerer: unknown;
}

interface PacketStartBase extends ThreadStartBase {
  /** Processor core that the thread keeps to; without it the kernel chooses. */
  core?: number | undefined;
}

/** A packet thread on descriptors, in batches. */
export interface BatchedStart extends PacketStartBase {
  kind: 'batched';
  sockets: UdpSocket[];
  /** Of its slow ring. */
  ring: SharedArrayBuffer;
}

/** A packet thread on Node's own sockets. */
export interface PlainStart extends PacketStartBase {
  kind: 'plain';
  listen: ListenAddress[];
  isShared: boolean;
  ring: SharedArrayBuffer;
}

/** A thread of all TCP connections, or of all TLS ones. */
export interface StreamStart extends ThreadStartBase {
  kind: 'stream';
  transport: 'tcp' | 'tls';
  /** What TLS handshakes are made with. */
  tls?: TlsCredentials;
  sources: StreamSource[];
  limits: StreamLimits;
}

export type ThreadStart = BatchedStart | PlainStart | StreamStart;

/** From a thread. `failed` comes instead of `ready`. */
export type ThreadReport =
  | { kind: 'ready' }
  | { kind: 'failed'; code: string; message: string }
  | SlowReport
  | SlowTaken
  | SlowGone;

/** A query of a stream that the control thread must answer. */
export interface SlowReport {
  kind: 'slow';
  ticket: number;
  transport: 'tcp' | 'tls';
  /** Index among the addresses of the transport. */
  listen: number;
  path: Uint8Array;
  bytes: Uint8Array;
  certificate: PeerCertificateFacts | undefined;
  /** As StreamOrigin's. */
  tlsVersion: string | undefined;
}

/** The client has taken a message of a ticket's reply: there is room for more. */
export interface SlowTaken {
  kind: 'taken';
  ticket: number;
  /** Octets of the message. */
  size: number;
}

/** The client of a ticket has left. */
export interface SlowGone {
  kind: 'gone';
  ticket: number;
}

/** To a thread with an event loop. */
export type ThreadOrder =
  | { kind: 'stop' }
  | { kind: 'credentials'; credentials: TlsCredentials }
  | { kind: 'send'; listen: number; path: Uint8Array; message: Uint8Array }
  | { kind: 'answer'; ticket: number; message: Uint8Array<ArrayBuffer> }
  /** No more messages come for the ticket. */
  | { kind: 'answered'; ticket: number };

/**
 * Sends a report or an order through a MessagePort or to a Worker. The octets of an answer move
 * there: its message is empty here afterwards.
 */
export function post(
  port: { postMessage(message: ThreadReport | ThreadOrder, moved: ArrayBuffer[]): void },
  message: ThreadReport | ThreadOrder,
): void {
  const moved = message.kind === 'answer' ? [message.message.buffer] : [];
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- not a browser's window
  port.postMessage(message, moved);
}
