/**
 * The control thread's end of the slow lane. Requests arrive from the packet threads through their
 * rings (slow-ring.ts) and from the stream threads as messages (stream-tickets.ts); at most
 * SLOW_OUTSTANDING_MAX are being answered at a time, the rest wait in the rings, and what finds its
 * ring full was dropped and counted where it came in.
 *
 * The bell is a word in shared memory: a packet thread adds to it and notifies, the control thread
 * waits for it without blocking (Atomics.waitAsync).
 */
import { assert } from '#base/assert.ts';
import { errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import type { ListenAddress } from '#net/listen-address.ts';
import type { PeerCertificateFacts } from '#net/peer-certificate.ts';
import { type PeerAddress, readPeerAddress } from '#net/return-path.ts';
import {
  DROP_AT,
  PACKET_LAYOUT,
  type PacketProtocol,
  protocolSlot,
  responseCounter,
  SLOW_DROP,
} from './packet-counters.ts';
import type { SlowRing } from './slow-ring.ts';

export interface SlowRequest {
  /** The whole query. */
  bytes: Uint8Array;
  transport: PacketProtocol;
  peer: PeerAddress;
  /** The listen address that it came in on. */
  listen: ListenAddress;
  /** What a TLS client showed of itself. */
  certificate: PeerCertificateFacts | undefined;
  /** Of its connection, as OpenSSL names it: `TLSv1.3`. */
  tlsVersion: string | undefined;
}

/** How a request is answered. */
export interface SlowReplies {
  /**
   * Sends one message: over a stream any number, one after the other, over UDP one. The octets are
   * copied before this returns. Resolves when there is room for the next one: with true, or with
   * false if the client has gone, the message could not be sent, or the server is closing.
   */
  send(message: Uint8Array): Promise<boolean>;
}

/** Answers a request; resolves when nothing more is to be sent. A rejection is logged. */
export type SlowHandler = (request: SlowRequest, replies: SlowReplies) => Promise<void>;

/** Requests that are being answered at a time: of datagrams, and again of each stream thread. */
export const SLOW_OUTSTANDING_MAX = 128;
/** How long answers that are being made may take when the lane closes. */
const CLOSE_WAIT_MS = 300;

/** The way back of one request. */
export interface SlowWay {
  /** As SlowReplies; false if it could not be sent. */
  send(message: Uint8Array): boolean | Promise<boolean>;
  /** Nothing more is sent. */
  end(): void;
}

/** Where a request came from. */
export interface SlowOrigin {
  transport: PacketProtocol;
  /** See return-path.ts of net. */
  path: Uint8Array;
  /** The listen address that it came in on. */
  listen: ListenAddress;
  certificate?: PeerCertificateFacts | undefined;
  tlsVersion?: string | undefined;
}

export interface SlowLaneOptions {
  handler: SlowHandler;
  /** The addresses of the datagrams' sockets. */
  listen: readonly ListenAddress[];
  rings: readonly SlowRing[];
  /** Words in shared memory, and the one that packet threads add to. */
  words: Int32Array;
  bell: number;
  /** Sends an answer to a datagram that came through ring `ring`. */
  send(ring: number, listen: number, path: Uint8Array, message: Uint8Array): boolean;
  /** The control thread's row. */
  counters: Float64Array;
  log: Log;
}

export class SlowLane {
  readonly #options: SlowLaneOptions;
  /** What is being answered. */
  readonly #running = new Set<Promise<void>>();
  #outstanding = 0;
  #ringNext = 0;
  #isClosed = false;

  constructor(options: SlowLaneOptions) {
    this.#options = options;
  }

  /** Begins to take requests from the rings; until `close`. */
  open(): void {
    void this.#listen();
  }

  /**
   * Takes no more. Answers that are still being made are not sent; those who make them see it at
   * the next message and end. Resolves when they have, or after CLOSE_WAIT_MS.
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    Atomics.notify(this.#options.words, this.#options.bell);
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, CLOSE_WAIT_MS);
    await Promise.race([Promise.all(this.#running), late]);
    clearTimeout(timer);
  }

  /** A request of a stream thread, which bounds their number itself. */
  take(origin: SlowOrigin, bytes: Uint8Array, way: SlowWay): void {
    const running = this.#answer(origin, bytes, way).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #listen(): Promise<void> {
    const { words, bell } = this.#options;
    while (!this.#isClosed) {
      const rung = Atomics.load(words, bell);
      this.#drain();
      const wait = Atomics.waitAsync(words, bell, rung);
      if (wait.async) await wait.value;
    }
  }

  /** Takes from the rings in turn, so that a flood on one does not starve the others. */
  #drain(): void {
    const { rings } = this.#options;
    let empty = 0;
    while (empty < rings.length && this.#outstanding < SLOW_OUTSTANDING_MAX && !this.#isClosed) {
      const ring = this.#ringNext;
      this.#ringNext = (ring + 1) % rings.length;
      const datagram = rings[ring].take();
      if (datagram === undefined) {
        empty += 1;
        continue;
      }
      empty = 0;
      const { listen, path, bytes } = datagram;
      const origin = { transport: 'udp', path, listen: this.#options.listen[listen] } as const;
      this.#outstanding += 1;
      this.take(origin, bytes, {
        send: (message) => this.#options.send(ring, listen, path, message),
        end: () => {
          this.#outstanding -= 1;
          this.#drain();
        },
      });
    }
  }

  async #answer(origin: SlowOrigin, bytes: Uint8Array, way: SlowWay): Promise<void> {
    const { handler, log, counters } = this.#options;
    const { transport, path, listen, certificate, tlsVersion } = origin;
    const peer = readPeerAddress(path);
    let sentCount = 0;
    const send = async (message: Uint8Array): Promise<boolean> => {
      assert(sentCount === 0 || transport !== 'udp', 'a datagram is answered by one');
      if (this.#isClosed) return false;
      sentCount += 1;
      const rcode = message[3] & 0x0f;
      const isSent = await way.send(message);
      if (sentCount === 1) {
        const unsentAt = PACKET_LAYOUT.at.dropped + DROP_AT.slow + SLOW_DROP.unsent;
        counters[isSent ? responseCounter(protocolSlot(transport), rcode) : unsentAt] += 1;
      }
      return isSent;
    };
    try {
      await handler({ bytes, transport, peer, listen, certificate, tlsVersion }, { send });
    } catch (error) {
      log.error({ peer, transport, error: errorMessage(error) }, 'slow lane failed');
    }
    if (sentCount === 0 && !this.#isClosed) {
      counters[PACKET_LAYOUT.at.dropped + DROP_AT.slow + SLOW_DROP.silent] += 1;
    }
    way.end();
  }
}
