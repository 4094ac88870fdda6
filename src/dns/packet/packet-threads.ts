/**
 * The threads that answer queries, as the control thread sees them: opens the sockets, starts N
 * packet threads (UDP) and one stream thread (TCP), replaces those that die, runs the slow lane,
 * and sums the counters.
 *
 *   control thread ── owns descriptors, counters, rings ── slow lane handler
 *        │ start, successor             ▲ ring + bell           ▲ messages
 *        ├─────────> packet thread 0 … N-1 (recvmmsg loop)      │
 *        └─────────> stream thread (event loop) ────────────────┘
 */
import { type ClockConfig, openClock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import { type CounterRows, openCounterRow } from '#base/shared-counters.ts';
import { DATAGRAM_LIMITS } from '#net/datagram.ts';
import { type Libc, openLibc } from '#net/libc.ts';
import type { ListenAddress } from '#net/listen-address.ts';
import { NetError } from '#net/net-error.ts';
import { STREAM_LIMITS, type StreamLimits } from '#net/stream-limits.ts';
import { DatagramSender } from '#net/udp-batched.ts';
import { makePacketCounters, type PacketSnapshot, snapshotPackets } from './packet-counters.ts';
import { openPacketSockets, type PacketSockets } from './packet-sockets.ts';
import { type SlowHandler, SlowLane } from './slow-lane.ts';
import { SlowRing } from './slow-ring.ts';
import { SupervisedThread, type SupervisedThreadOptions } from './supervised-thread.ts';
import { CONTROL_WORD, CONTROL_WORDS, type ThreadStart } from './thread-start.ts';

/** `auto`: batched where libc can be had. */
export type PacketImplementation = 'auto' | 'batched' | 'plain';

export interface PacketThreadsOptions {
  listen: readonly ListenAddress[];
  /** Packet threads; the stream thread comes on top. */
  threads: number;
  /** What each thread's module makes its answerer from; must be structured-cloneable. */
  answerer: unknown;
  slowHandler: SlowHandler;
  clock: ClockConfig;
  log: Log;
  implementation?: PacketImplementation;
  streamLimits?: StreamLimits;
  /** Entry modules, where the real ones are not wanted. */
  modules?: { packet: URL; stream: URL };
}

export interface PacketThreads {
  /** Addresses that are being answered on. */
  readonly listen: readonly ListenAddress[];
  readonly implementation: 'batched' | 'plain';
  /** @param boundsSeconds of the duration histogram, ascending */
  snapshot(boundsSeconds: readonly number[]): PacketSnapshot;
  /** Ends one thread as a crash would; the last one is the stream thread. For fault tests. */
  kill(thread: number): Promise<void>;
  /** Stops answering; done within 2 s. */
  close(): Promise<void>;
}

/**
 * Resolves when every socket is bound and every thread answers.
 * @throws NetError as `openPacketSockets`, NET_NO_LIBC, NET_THREAD_FAILED, or what a thread's
 *   module raised; nothing is left running
 */
export async function startPacketThreads(options: PacketThreadsOptions): Promise<PacketThreads> {
  const libc = chooseLibc(options.implementation ?? 'auto');
  const threads = usableThreads(options, libc);
  const sockets = await openPacketSockets(options.listen, threads, libc, options.log);
  const fleet = new PacketFleet(options, sockets, threads, libc);
  try {
    await fleet.start();
  } catch (error) {
    await fleet.close();
    throw error;
  }
  return fleet;
}

function chooseLibc(implementation: PacketImplementation): Libc | undefined {
  if (implementation === 'plain') return undefined;
  const libc = openLibc();
  if (libc === undefined && implementation === 'batched') {
    throw new NetError(
      'NET_NO_LIBC',
      'batched system calls need koffi and glibc on 64-bit Linux; ' +
        'choose the implementation auto or plain',
    );
  }
  return libc;
}

/** Where a port cannot be shared between Node's sockets, one thread has to do. */
function usableThreads(options: PacketThreadsOptions, libc: Libc | undefined): number {
  const canShare = ['linux', 'freebsd', 'sunos', 'aix'].includes(process.platform);
  if (libc !== undefined || canShare || options.threads === 1) return options.threads;
  options.log.warn({ threads: options.threads }, 'ports cannot be shared here: one packet thread');
  return 1;
}

class PacketFleet implements PacketThreads {
  readonly listen: readonly ListenAddress[];
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

  constructor(
    options: PacketThreadsOptions,
    sockets: PacketSockets,
    threads: number,
    libc: Libc | undefined,
  ) {
    this.listen = sockets.listen;
    this.implementation = libc === undefined ? 'plain' : 'batched';
    this.#options = options;
    this.#sockets = sockets;
    this.#counters = makePacketCounters(threads + 2);
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
      counters: openCounterRow(this.#counters, threads + 1),
      log: options.log,
    });
    const packetModule = options.modules?.packet ?? new URL('packet-thread.ts', import.meta.url);
    const streamModule = options.modules?.stream ?? new URL('stream-thread.ts', import.meta.url);
    this.#threads = this.#rings.map((_, i) =>
      this.#supervise(`packet-${i}`, packetModule, () => this.#packetStart(i)),
    );
    this.#threads.push(this.#supervise('stream', streamModule, () => this.#streamStart(threads)));
  }

  async start(): Promise<void> {
    this.#slowLane.open();
    const results = await Promise.allSettled(this.#threads.map((thread) => thread.start()));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  snapshot(boundsSeconds: readonly number[]): PacketSnapshot {
    return snapshotPackets(this.#counters, boundsSeconds, this.#restarts);
  }

  async kill(thread: number): Promise<void> {
    await this.#threads[thread].kill();
  }

  async close(): Promise<void> {
    Atomics.store(new Int32Array(this.#control), CONTROL_WORD.stop, 1);
    this.#slowLane.close();
    await Promise.all(this.#threads.map((thread) => thread.stop()));
    this.#sockets.close();
  }

  #supervise(name: string, module: URL, makeStart: () => ThreadStart): SupervisedThread {
    const options: SupervisedThreadOptions = {
      name,
      module,
      makeStart,
      onSlow: ({ ticket, listen, path, bytes }, order) =>
        this.#slowLane.take(path, listen, bytes, (message) => {
          order({ kind: 'answer', ticket, message });
          return true;
        }),
      onDeath: () => {
        this.#restarts += 1;
      },
      log: this.#options.log,
      clock: openClock({ kind: 'system' }),
    };
    return new SupervisedThread(options);
  }

  #packetStart(thread: number): ThreadStart {
    const common = { ...this.#common(thread), ring: this.#rings[thread].memory };
    if (this.implementation === 'batched') {
      return { ...common, kind: 'batched', sockets: this.#sockets.udpOf(thread) };
    }
    const isShared = this.#rings.length > 1;
    return { ...common, kind: 'plain', listen: [...this.listen], isShared };
  }

  #streamStart(thread: number): ThreadStart {
    const limits = this.#options.streamLimits ?? STREAM_LIMITS;
    const sources = this.#sockets.streamSources();
    return { ...this.#common(thread), kind: 'stream', sources, limits };
  }

  #common(thread: number) {
    return {
      thread,
      control: this.#control,
      counters: this.#counters,
      clock: this.#options.clock,
      answerer: this.#options.answerer,
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
