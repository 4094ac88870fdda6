/**
 * The control thread's end of the slow lane. Requests arrive from the packet threads through their
 * rings (slow-ring.ts) and from the stream threads as messages; at most `outstandingMax` are being
 * answered at a time, the rest wait in the rings, and what finds its ring full was dropped and
 * counted where it came in.
 *
 * The bell is a word in shared memory: a packet thread adds to it and notifies, the control thread
 * waits for it without blocking (Atomics.waitAsync).
 */
import { errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import type { ListenAddress } from '#net/listen-address.ts';
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
}

/** The answer's octets, or `undefined` for none. A rejection is logged and answers nothing. */
export type SlowHandler = (request: SlowRequest) => Promise<Uint8Array | undefined>;

/** Requests that are being answered at a time. */
export const SLOW_OUTSTANDING_MAX = 128;

/** Sends an answer back; false if it could not be sent. */
export type SlowReply = (message: Uint8Array | undefined) => boolean;

/** Where a request came from. */
export interface SlowOrigin {
  transport: PacketProtocol;
  /** See return-path.ts of net. */
  path: Uint8Array;
  /** The listen address that it came in on. */
  listen: ListenAddress;
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

  /** Takes no more; answers that are still being made are not sent. */
  close(): void {
    this.#isClosed = true;
    Atomics.notify(this.#options.words, this.#options.bell);
  }

  /** A request of a stream thread, which bounds their number itself. */
  take(origin: SlowOrigin, bytes: Uint8Array, reply: SlowReply): void {
    void this.#answer(origin, bytes, reply);
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
      const reply: SlowReply = (message) =>
        message === undefined || this.#options.send(ring, listen, path, message);
      this.#outstanding += 1;
      const origin = { transport: 'udp', path, listen: this.#options.listen[listen] } as const;
      void this.#answer(origin, bytes, reply).finally(() => {
        this.#outstanding -= 1;
        this.#drain();
      });
    }
  }

  async #answer(origin: SlowOrigin, bytes: Uint8Array, reply: SlowReply): Promise<void> {
    const { handler, log, counters } = this.#options;
    const { transport, path, listen } = origin;
    const request = { bytes, transport, peer: readPeerAddress(path), listen };
    let message: Uint8Array | undefined;
    try {
      message = await handler(request);
    } catch (error) {
      log.error({ peer: request.peer, transport, error: errorMessage(error) }, 'slow lane failed');
    }
    if (this.#isClosed) return;
    const isSent = reply(message);
    const dropAt = PACKET_LAYOUT.at.dropped + DROP_AT.slow;
    if (message === undefined) counters[dropAt + SLOW_DROP.silent] += 1;
    else if (!isSent) counters[dropAt + SLOW_DROP.unsent] += 1;
    else counters[responseCounter(protocolSlot(transport), message[3] & 0x0f)] += 1;
  }
}
