/**
 * One client's connection: frames in, frames out, and how much of either it may make us hold.
 *
 *   reading ──(unsent or outstanding answers at their limit)──> paused: not read from, so the
 *      ^                                                           client's TCP window closes
 *      └──────────────(both down to half)─────────────────────────┘
 *   client's FIN: what was asked is still answered, then we close. Times are the server's `nowMs`.
 *   A TLS handshake counts as a first frame that is still incomplete.
 */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { assert } from '#base/assert.ts';
import { parseIpAddress } from './ip-address.ts';
import { type PeerCertificateFacts, readPeerCertificate } from './peer-certificate.ts';
import type { StreamPeer } from './proxy-gate.ts';
import { writePeerAddress } from './return-path.ts';
import { FrameReader } from './stream-frames.ts';
import type { StreamHandler, StreamOrigin } from './stream-handler.ts';
import { STREAM_DROP, STREAM_LATER } from './stream-handler.ts';
import { STREAM_LIMITS, type StreamLimits } from './stream-limits.ts';

/** What the connections of a server share. */
export interface StreamShare {
  readonly handler: StreamHandler;
  readonly limits: StreamLimits;
  /** Where answers are assembled; used within one call only. */
  readonly out: Uint8Array;
  nowMs(): number;
  /** Accounts octets held (or, negative, let go); may end the connection. */
  hold(connection: StreamConnection, octets: number): void;
  /** The connection did something useful: it is now the most recently active. */
  touch(connection: StreamConnection): void;
}

/** Where a connection stands in its server. */
export interface StreamPlace {
  /** Unique. */
  id: number;
  /** Index of the listen address. */
  listen: number;
  /** See StreamConnection. */
  client: string;
}

const LENGTH_SIZE = 2;
/** Enough for one answer of any size behind others. */
export const STREAM_OUT_SIZE = 2 * (LENGTH_SIZE + STREAM_LIMITS.frameSizeMax);

export class StreamConnection implements StreamOrigin {
  readonly id: number;
  readonly listen: number;
  readonly isIpv6: boolean;
  readonly clientOctets: Uint8Array;
  readonly clientAt = 0;
  readonly isEncrypted: boolean;
  /** What counts as one client: an IPv4 address or an IPv6 /56. */
  readonly client: string;
  /** Last completed frame or progress of answers. */
  activeAtMs: number;
  /** Since when a frame is incomplete; 0 if none is. */
  frameSinceMs = 0;
  /** Answers promised and not given. */
  outstanding = 0;
  /** Octets given to the socket and not taken by the client. */
  unsentSize = 0;

  readonly #socket: Socket;
  readonly #peer: StreamPeer;
  readonly #share: StreamShare;
  readonly #frames: FrameReader;
  #heldSize = 0;
  #outSize = 0;
  #framesRead = 0;
  #isPaused = false;
  #isEnding = false;

  /** @param peer who the connection is taken for, behind whatever proxy */
  constructor(place: StreamPlace, peer: StreamPeer, socket: Socket, share: StreamShare) {
    const { id, listen, client } = place;
    this.id = id;
    this.listen = listen;
    this.clientOctets = parseIpAddress(peer.address.split('%', 1)[0]) ?? new Uint8Array(4);
    this.isIpv6 = this.clientOctets.length === 16;
    this.isEncrypted = socket instanceof TLSSocket;
    this.client = client;
    this.#peer = peer;
    this.activeAtMs = share.nowMs();
    this.#socket = socket;
    this.#share = share;
    this.#frames = new FrameReader((octets, at, size) => this.#take(octets, at, size));
    socket.setNoDelay(true);
    socket.on('data', (chunk: Uint8Array) => this.#work(() => this.#frames.push(chunk)));
    socket.on('end', () => this.finish());
    // A reset is the client's way to leave; 'close' follows and does the accounting.
    socket.on('error', () => socket.destroy());
    if (socket instanceof TLSSocket) this.#awaitHandshake(socket);
  }

  /** Nothing of it is in our hands. */
  get isIdle(): boolean {
    return this.outstanding === 0 && this.unsentSize === 0;
  }

  /** Octets of it are in our hands: a part of a frame, or answers that it has not taken. */
  get isHolding(): boolean {
    return this.#heldSize + this.unsentSize > 0;
  }

  /** See StreamOrigin. */
  writeReturnPath(out: Uint8Array, at: number): void {
    writePeerAddress(out, at, this.#peer.address, this.#peer.port);
  }

  /** See StreamOrigin. */
  get certificate(): PeerCertificateFacts | undefined {
    return this.#socket instanceof TLSSocket ? readPeerCertificate(this.#socket) : undefined;
  }

  /** See StreamOrigin. */
  get tlsVersion(): string | undefined {
    return this.#socket instanceof TLSSocket
      ? (this.#socket.getProtocol() ?? undefined)
      : undefined;
  }

  /**
   * Sends one message of a promised answer. Harmless after the connection has closed.
   * @param onTaken called when the client's side of the connection has taken it, and not at all if
   *   it closes before
   */
  answer(message: Uint8Array, onTaken?: () => void): void {
    assert(message.length <= STREAM_LIMITS.frameSizeMax, 'a message fits into a frame');
    if (this.#socket.destroyed) return;
    const frame = new Uint8Array(LENGTH_SIZE + message.length);
    frame[0] = message.length >>> 8;
    frame[1] = message.length & 0xff;
    frame.set(message, LENGTH_SIZE);
    this.#write(frame, onTaken);
  }

  /** The promise is kept: once for each STREAM_LATER, whatever was answered. */
  answered(): void {
    this.outstanding -= 1;
    if (this.#socket.destroyed) return;
    this.#resume();
    this.#closeIfDone();
  }

  /** No more queries: answers what is outstanding and closes. */
  finish(): void {
    this.#isEnding = true;
    this.#closeIfDone();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Lets go of everything that is accounted; after the socket has closed. */
  release(): void {
    this.#share.hold(this, -(this.#heldSize + this.unsentSize));
    this.#heldSize = 0;
    this.unsentSize = 0;
  }

  #awaitHandshake(socket: TLSSocket): void {
    this.frameSinceMs = this.activeAtMs;
    const onFailed = (): void => this.#share.handler.drop(STREAM_DROP.handshake);
    socket.once('error', onFailed);
    socket.once('secure', () => {
      socket.off('error', onFailed);
      this.frameSinceMs = 0;
      this.#touch(this.#share.nowMs());
    });
  }

  #work(read: () => void): void {
    const { handler } = this.#share;
    const framesBefore = this.#framesRead;
    handler.beginBatch();
    read();
    this.#flush();
    handler.endBatch();
    const nowMs = this.#share.nowMs();
    if (this.#framesRead > framesBefore) this.#touch(nowMs);
    const isIncomplete = this.#frames.heldSize > 0 && !this.#isPaused;
    if (!isIncomplete) this.frameSinceMs = 0;
    else if (this.frameSinceMs === 0 || this.#framesRead > framesBefore) this.frameSinceMs = nowMs;
    const held = this.#frames.heldSize - this.#heldSize;
    this.#heldSize = this.#frames.heldSize;
    this.#share.hold(this, held);
  }

  #take(octets: Uint8Array, at: number, size: number): boolean {
    const { out, handler } = this.#share;
    this.#framesRead += 1;
    if (this.#outSize + LENGTH_SIZE + STREAM_LIMITS.frameSizeMax > out.length) this.#flush();
    const replyAt = this.#outSize + LENGTH_SIZE;
    const replyMax = STREAM_LIMITS.frameSizeMax;
    const written = handler.handle(this, octets, at, size, out, replyAt, replyMax);
    if (written === STREAM_LATER) this.outstanding += 1;
    if (written > 0) {
      out[replyAt - 2] = written >>> 8;
      out[replyAt - 1] = written & 0xff;
      this.#outSize = replyAt + written;
    }
    const { unsentSizeMax, outstandingMax } = this.#share.limits;
    const unsentSize = this.unsentSize + this.#outSize;
    if (unsentSize < unsentSizeMax && this.outstanding < outstandingMax) return true;
    this.#isPaused = true;
    this.#socket.pause();
    return false;
  }

  #flush(): void {
    if (this.#outSize === 0) return;
    const frames = this.#share.out.slice(0, this.#outSize);
    this.#outSize = 0;
    this.#write(frames);
  }

  #write(frames: Uint8Array, onTaken?: () => void): void {
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    this.unsentSize += frames.length;
    this.#share.hold(this, frames.length);
    this.#socket.write(frames, (error) => {
      if (error || this.#socket.destroyed) return;
      this.unsentSize -= frames.length;
      this.#share.hold(this, -frames.length);
      this.#touch(this.#share.nowMs());
      onTaken?.();
      this.#resume();
      this.#closeIfDone();
    });
  }

  #resume(): void {
    const { unsentSizeMax, outstandingMax } = this.#share.limits;
    if (!this.#isPaused || this.#socket.destroyed) return;
    if (this.unsentSize * 2 > unsentSizeMax || this.outstanding * 2 > outstandingMax) return;
    this.#isPaused = false;
    this.#socket.resume();
    // May pause again: the frames held can be more than their answers have room for.
    this.#work(() => this.#frames.resume());
  }

  #closeIfDone(): void {
    if (!this.#isEnding || this.#isPaused || this.outstanding > 0) return;
    if (!this.#socket.writableEnded) this.#socket.end();
  }

  #touch(nowMs: number): void {
    this.activeAtMs = nowMs;
    this.#share.touch(this);
  }
}
