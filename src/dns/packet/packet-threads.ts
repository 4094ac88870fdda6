/**
 * The threads that answer queries, as the control thread sees them: N packet threads (UDP), one
 * for TCP and, where it is wanted, one for TLS. It starts them on sockets that are open, replaces
 * those that die or hang, runs the slow lane, and sums the counters.
 *
 *   control thread ── owns descriptors, counters, rings ── slow lane handler
 *        │ start, successor             ▲ ring + bell           ▲ messages
 *        ├─────────> packet thread 0 … N-1 (recvmmsg loop)      │
 *        └─────────> stream threads (event loops) ──────────────┘
 */
import { assert } from '#base/assert.ts';
import { type ClockConfig, openClock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import { type CounterRows, openCounterRow } from '#base/shared-counters.ts';
import { DATAGRAM_LIMITS } from '#net/datagram.ts';
import type { ListenAddress } from '#net/listen-address.ts';
import { STREAM_LIMITS, type StreamLimits } from '#net/stream-limits.ts';
import { openSecureContext, type TlsCredentials } from '#net/tls-gate.ts';
import { DatagramSender } from '#net/udp-batched.ts';
import {
  makePacketCounters,
  PACKET_LAYOUT,
  type PacketSnapshot,
  snapshotPackets,
} from './packet-counters.ts';
import { openPacketSockets, type PacketSockets, type SocketsWanted } from './packet-sockets.ts';
import { type SlowHandler, SlowLane, type SlowWay } from './slow-lane.ts';
import { SlowRing } from './slow-ring.ts';
import { SlowStreams } from './slow-stream.ts';
import { SupervisedThread, type SupervisedThreadOptions } from './supervised-thread.ts';
import { CONTROL_WORD, CONTROL_WORDS, type SlowReport, type ThreadStart } from './thread-start.ts';

export interface PacketThreadsOptions {
  /** What each thread's module makes its answerer from; must be structured-cloneable. */
  answerer: unknown;
  slowHandler: SlowHandler;
  clock: ClockConfig;
  /** Processor cores that the packet threads keep to, in turn; none: the kernel chooses. */
  cores?: readonly number[] | undefined;
  /** Addresses and networks whose PROXY headers count, as `AddressRanges` reads them. */
  proxies?: readonly string[];
  log: Log;
  /** Demanded where there are TLS sockets. */
  tlsCredentials?: TlsCredentials | undefined;
  /** Of TCP, and again of TLS. */
  streamLimits?: StreamLimits;
  /** Entry modules, where the real ones are not wanted. */
  modules?: { packet: URL; stream: URL };
}

export interface PacketThreads {
  /** Addresses that are being answered on over UDP and TCP. */
  readonly listen: readonly ListenAddress[];
  readonly tlsListen: readonly ListenAddress[];
  readonly implementation: 'batched' | 'plain';
  /** @param boundsSeconds of the duration histogram, ascending */
  snapshot(boundsSeconds: readonly number[]): PacketSnapshot;
  /**
   * New TLS handshakes get these; open connections stay as they are.
   * @throws NetError NET_TLS_CREDENTIALS; the old ones stay
   */
  setTlsCredentials(credentials: TlsCredentials): void;
  /** Ends one thread as a crash would: packet threads, then TCP's, then TLS's. For fault tests. */
  kill(thread: number): Promise<void>;
  /** Stops answering; done within 2 s. */
  close(): Promise<void>;
}

/**
 * Opens sockets and starts threads on them.
 * @throws NetError as `openPacketSockets` and `startThreadsOn`
 */
export async function startPacketThreads(
  options: PacketThreadsOptions & SocketsWanted,
): Promise<PacketThreads> {
  return startThreadsOn(await openPacketSockets(options, options.log), options);
}

/**
 * Resolves when every thread answers. The sockets are closed with the threads.
 * @throws NetError NET_THREAD_FAILED, NET_TLS_CREDENTIALS, or what a thread's module raised;
 *   nothing is left running or open
 */
export async function startThreadsOn(
  sockets: PacketSockets,
  options: PacketThreadsOptions,
): Promise<PacketThreads> {
  const fleet = new PacketFleet(options, sockets);
  try {
    await fleet.start();
  } catch (error) {
    await fleet.close();
    throw error;
  }
  return fleet;
}

class PacketFleet implements PacketThreads {
  readonly listen: readonly ListenAddress[];
  readonly tlsListen: readonly ListenAddress[];
  readonly implementation: 'batched' | 'plain';
  readonly #options: PacketThreadsOptions;
  readonly #sockets: PacketSockets;
  readonly #control = new SharedArrayBuffer(CONTROL_WORDS * 4);
  readonly #counters: CounterRows;
  readonly #rings: SlowRing[];
  readonly #slowLane: SlowLane;
  readonly #threads: SupervisedThread[];
  readonly #sender: DatagramSender | undefined;
  #restarts = 0;
  #credentials: TlsCredentials | undefined;

  constructor(options: PacketThreadsOptions, sockets: PacketSockets) {
    const { libc, threads } = sockets;
    this.listen = sockets.listen;
    this.tlsListen = sockets.tlsListen;
    this.#credentials = options.tlsCredentials;
    this.implementation = libc === undefined ? 'plain' : 'batched';
    this.#options = options;
    this.#sockets = sockets;
    this.#counters = makePacketCounters(threads + 3);
    this.#rings = Array.from({ length: threads }, () => new SlowRing());
    this.#sender =
      libc === undefined ? undefined : new DatagramSender(libc, DATAGRAM_LIMITS.replySizeMax);
    this.#slowLane = new SlowLane({
      handler: options.slowHandler,
      listen: sockets.listen,
      rings: this.#rings,
      words: new Int32Array(this.#control),
      bell: CONTROL_WORD.bell,
      send: (ring, listen, path, message) => this.#send(ring, listen, path, message),
      counters: openCounterRow(this.#counters, threads + 2),
      log: options.log,
    });
    const packetModule = options.modules?.packet ?? new URL('packet-thread.ts', import.meta.url);
    const streamModule = options.modules?.stream ?? new URL('stream-thread.ts', import.meta.url);
    this.#threads = this.#rings.map((_, i) =>
      this.#supervise(`packet-${i}`, i, packetModule, () => this.#packetStart(i)),
    );
    const streams = sockets.tlsListen.length > 0 ? (['tcp', 'tls'] as const) : (['tcp'] as const);
    for (const [i, transport] of streams.entries()) {
      const start = () => this.#streamStart(threads + i, transport);
      this.#threads.push(this.#supervise(transport, threads + i, streamModule, start));
    }
  }

  async start(): Promise<void> {
    const hasTls = this.tlsListen.length > 0;
    assert(!hasTls || this.#credentials !== undefined, 'TLS sockets come with credentials');
    this.#slowLane.open();
    const results = await Promise.allSettled(this.#threads.map((thread) => thread.start()));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  snapshot(boundsSeconds: readonly number[]): PacketSnapshot {
    return snapshotPackets(this.#counters, boundsSeconds, this.#restarts);
  }

  setTlsCredentials(credentials: TlsCredentials): void {
    openSecureContext(credentials);
    this.#credentials = credentials;
    if (this.tlsListen.length === 0) return;
    this.#threads.at(-1)?.order({ kind: 'credentials', credentials });
  }

  async kill(thread: number): Promise<void> {
    await this.#threads[thread].kill();
  }

  async close(): Promise<void> {
    Atomics.store(new Int32Array(this.#control), CONTROL_WORD.stop, 1);
    const closed = this.#slowLane.close();
    await Promise.all(this.#threads.map((thread) => thread.stop()));
    await closed;
    this.#sockets.close();
  }

  #supervise(
    name: string,
    thread: number,
    module: URL,
    makeStart: () => ThreadStart,
  ): SupervisedThread {
    const counters = openCounterRow(this.#counters, thread);
    const streams = new SlowStreams();
    const options: SupervisedThreadOptions = {
      name,
      module,
      makeStart,
      beats: () => counters[PACKET_LAYOUT.at.beats],
      onSlow: (report, order) => {
        if (report.kind === 'taken') streams.taken(report.ticket, report.size);
        else if (report.kind === 'gone') streams.gone(report.ticket);
        else this.#takeSlow(report, streams.open(report.ticket, order));
      },
      onEnd: () => streams.allGone(),
      onDeath: () => {
        this.#restarts += 1;
      },
      log: this.#options.log,
      clock: openClock({ kind: 'system' }),
    };
    return new SupervisedThread(options);
  }

  #takeSlow({ listen, bytes, ...report }: SlowReport, way: SlowWay): void {
    const { transport, path, certificate, tlsVersion } = report;
    const addresses = transport === 'tls' ? this.tlsListen : this.listen;
    const origin = { transport, path, listen: addresses[listen], certificate, tlsVersion };
    this.#slowLane.take(origin, bytes, way);
  }

  #packetStart(thread: number): ThreadStart {
    const ring = this.#rings[thread].memory;
    const core = coreOf(thread, this.#options.cores ?? []);
    const common = { ...this.#common(thread), ring, core };
    if (this.implementation === 'batched') {
      return { ...common, kind: 'batched', sockets: this.#sockets.udpOf(thread) };
    }
    const isShared = this.#rings.length > 1;
    return { ...common, kind: 'plain', listen: [...this.listen], isShared };
  }

  #streamStart(thread: number, transport: 'tcp' | 'tls'): ThreadStart {
    const limits = this.#options.streamLimits ?? STREAM_LIMITS;
    const sources = this.#sockets.streamSources(transport);
    const tls = transport === 'tls' && this.#credentials ? { tls: this.#credentials } : {};
    return { ...this.#common(thread), ...tls, kind: 'stream', transport, sources, limits };
  }

  #common(thread: number) {
    return {
      thread,
      control: this.#control,
      counters: this.#counters,
      clock: this.#options.clock,
      answerer: this.#options.answerer,
      proxies: this.#options.proxies ?? [],
    };
  }

  #send(ring: number, listen: number, path: Uint8Array, message: Uint8Array): boolean {
    if (this.#sender === undefined) {
      this.#threads[ring].order({ kind: 'send', listen, path, message });
      return true;
    }
    const socket = this.#sockets.udpOf(ring)[listen];
    return this.#sender.send(socket.fd, path, message);
  }
}

function coreOf(thread: number, cores: readonly number[]): number | undefined {
  return cores.length === 0 ? undefined : cores[thread % cores.length];
}
