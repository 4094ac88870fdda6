/**
 * A server of length-framed messages over TCP, or over TLS on it. It admits connections, counts
 * them, and ends those that are idle, drip their frames or take no answers; everything about one
 * connection is in stream-connection.ts. It runs on its thread's event loop and its limits are in
 * stream-limits.ts.
 *
 * Newcomers get in: at a limit the connection that has been idle longest makes room, of the same
 * client if that client is at its own limit; where nobody is idle, the one that has not taken its
 * answers for longest. Only those that wait for an answer of ours are never ended for a newcomer.
 */
import { createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '#base/clock.ts';
import { KeyedCounts } from '#base/keyed-counts.ts';
import type { AddressRanges } from './address-ranges.ts';
import { clientNetwork } from './client-network.ts';
import { parseIpAddress } from './ip-address.ts';
import type { ListenAddress } from './listen-address.ts';
import { listenOn } from './listen-server.ts';
import { awaitProxyHeader, peerOf, type StreamPeer } from './proxy-gate.ts';
import { STREAM_OUT_SIZE, StreamConnection, type StreamShare } from './stream-connection.ts';
import { STREAM_DROP, type StreamHandler } from './stream-handler.ts';
import { STREAM_LIMITS, type StreamLimits } from './stream-limits.ts';
import type { TlsGate } from './tls-gate.ts';

/** A place to accept connections from. */
export interface StreamSource {
  listen: ListenAddress;
  /** Index of the listen address, for `StreamOrigin.listen`. */
  index: number;
  /** A listening socket (listen-sockets.ts); it is closed with the server. Without it we bind. */
  fd?: number;
}

/** What stands between an accepted socket and its frames. */
export interface StreamGates {
  /** Encrypts every connection; without it they are plain TCP. */
  tls?: TlsGate | undefined;
  /** Who may say with a PROXY header for whom it asks. */
  proxies?: AddressRanges | undefined;
}

const SWEEP_MS = 250;

export class StreamServer implements StreamShare {
  readonly handler: StreamHandler;
  readonly limits: StreamLimits;
  readonly out = new Uint8Array(STREAM_OUT_SIZE);

  readonly #clock: Clock;
  readonly #gates: StreamGates;
  readonly #servers: Server[] = [];
  /** By id, and in the order of their last activity: the first has been idle longest. */
  readonly #connections = new Map<number, StreamConnection>();
  readonly #perClient = new KeyedCounts();
  readonly #sweeper: NodeJS.Timeout;
  #heldSize = 0;
  #idNext = 1;
  #isClosing = false;

  constructor(
    handler: StreamHandler,
    clock: Clock,
    limits: StreamLimits = STREAM_LIMITS,
    gates: StreamGates = {},
  ) {
    this.handler = handler;
    this.limits = limits;
    this.#clock = clock;
    this.#gates = gates;
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS);
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Octets held for all connections. */
  get heldSize(): number {
    return this.#heldSize;
  }

  nowMs(): number {
    return this.#clock.monotonicUs() / 1000;
  }

  /**
   * Begins to accept connections.
   * @throws NetError as `openTcpListener` (listen-sockets.ts)
   */
  async open(source: StreamSource): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket, source));
    const { listen, fd } = source;
    await listenOn(server, listen, { backlog: STREAM_LIMITS.backlog, fd });
    // Accepting can fail for want of descriptors; the server goes on when there are some again.
    server.on('error', () => this.handler.drop(STREAM_DROP.connectionLimit));
    this.#servers.push(server);
  }

  /** The open connection of this id. */
  find(id: number): StreamConnection | undefined {
    return this.#connections.get(id);
  }

  /** Stops accepting, lets connections take their answers for `closeGraceMs`, ends the rest. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const closed = this.#servers.map((server) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      return promise;
    });
    for (const connection of this.#connections.values()) connection.finish();
    const grace = setTimeout(() => {
      for (const connection of this.#connections.values()) connection.destroy();
    }, this.limits.closeGraceMs);
    await Promise.all(closed);
    clearTimeout(grace);
    clearInterval(this.#sweeper);
  }

  /** See StreamShare. */
  hold(connection: StreamConnection, octets: number): void {
    this.#heldSize += octets;
    if (octets > 0 && this.#heldSize > this.limits.heldSizeMax) this.#makeRoom(connection);
  }

  /** Ends who holds octets without progress for longest, until the rest is within the limit. */
  #makeRoom(current: StreamConnection): void {
    for (const connection of this.#connections.values()) {
      if (this.#heldSize <= this.limits.heldSizeMax) return;
      if (!connection.isHolding) continue;
      this.handler.drop(STREAM_DROP.memory);
      connection.destroy();
      // The one at work still accounts for itself; it is forgotten when its socket has closed.
      if (connection === current) return;
      this.#forget(connection);
    }
  }

  /** See StreamShare. */
  touch(connection: StreamConnection): void {
    if (this.#connections.delete(connection.id)) this.#connections.set(connection.id, connection);
  }

  #accept(socket: Socket, source: StreamSource): void {
    const { proxies } = this.#gates;
    const octets = parseIpAddress(socket.remoteAddress?.split('%', 1)[0] ?? '');
    if (octets === undefined || this.#isClosing) {
      socket.destroy();
      return;
    }
    if (proxies?.contains(octets, 0, octets.length === 16) !== true) {
      this.#admit(socket, peerOf(socket), source);
      return;
    }
    awaitProxyHeader(
      socket,
      this.limits.idleTimeoutMs,
      (peer) => this.#admit(socket, peer, source),
      () => this.handler.drop(STREAM_DROP.proxyRefused),
    );
  }

  #admit(socket: Socket, peer: StreamPeer, source: StreamSource): void {
    const client = clientNetwork(peer.address);
    const { connectionsMax, connectionsPerClientMax } = this.limits;
    const ofClient = this.#perClient.of(client);
    const isFull = this.#connections.size >= connectionsMax;
    if (ofClient >= connectionsPerClientMax || isFull) {
      this.handler.drop(STREAM_DROP.connectionLimit);
      const evicted = this.#leastMissed(ofClient >= connectionsPerClientMax ? client : undefined);
      if (evicted === undefined) {
        socket.destroy();
        return;
      }
      evicted.destroy();
      this.#forget(evicted);
    }
    const stream = this.#gates.tls?.wrap(socket) ?? socket;
    const place = { id: this.#idNext++, listen: source.index, client };
    const connection = new StreamConnection(place, peer, stream, this);
    this.#connections.set(connection.id, connection);
    this.#perClient.add(client);
    stream.on('close', () => this.#forget(connection));
  }

  /** Which connection, of one client or of all, makes room; see the head of this file. */
  #leastMissed(client: string | undefined): StreamConnection | undefined {
    let slowest: StreamConnection | undefined;
    for (const connection of this.#connections.values()) {
      if (client !== undefined && connection.client !== client) continue;
      if (connection.isIdle) return connection;
      if (connection.outstanding === 0) slowest ??= connection;
    }
    return slowest;
  }

  #forget(connection: StreamConnection): void {
    if (!this.#connections.delete(connection.id)) return;
    connection.release();
    this.handler.closed?.(connection);
    this.#perClient.remove(connection.client);
  }

  #sweep(): void {
    const nowMs = this.nowMs();
    const { idleTimeoutMs, frameTimeoutMs, answerTimeoutMs } = this.limits;
    for (const connection of this.#connections.values()) {
      const { activeAtMs, frameSinceMs, outstanding } = connection;
      if (frameSinceMs !== 0 && nowMs - frameSinceMs > frameTimeoutMs) {
        this.handler.drop(STREAM_DROP.frameTimeout);
        connection.destroy();
      } else if (nowMs - activeAtMs > (outstanding > 0 ? answerTimeoutMs : idleTimeoutMs)) {
        connection.destroy();
      }
    }
  }
}
