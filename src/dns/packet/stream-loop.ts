/**
 * The body of a stream thread: every TCP connection of the server, or every TLS one, answered from
 * the same image by the same code. TLS has a thread of its own: however many handshakes strangers
 * ask for, they cost TCP clients nothing. It runs Node's event loop. What needs the control thread
 * goes there as a message with a ticket, and comes back in any order.
 */
import { openClock } from '#base/clock.ts';
import { openCounterRow } from '#base/shared-counters.ts';
import { AddressRanges } from '#net/address-ranges.ts';
import { RETURN_PATH_SIZE } from '#net/return-path.ts';
import type { StreamConnection } from '#net/stream-connection.ts';
import { STREAM_LATER, type StreamOrigin } from '#net/stream-handler.ts';
import { StreamServer } from '#net/stream-server.ts';
import { TlsGate } from '#net/tls-gate.ts';
import { PACKET_LAYOUT } from './packet-counters.ts';
import { PacketHandler } from './packet-handler.ts';
import { SLOW_OUTSTANDING_MAX } from './slow-lane.ts';
import type { MakeAnswerer, ThreadPort } from './thread-body.ts';
import type { StreamStart } from './thread-start.ts';
import { BEAT_INTERVAL_MS } from './thread-watchdog.ts';

/** RFC 7858 section 8.1 and RFC 9103 section 7.1 register and use it. */
const DOT_PROTOCOL = 'dot';

/** Returns when the thread has been told to stop and its connections have ended. */
export async function runStreamLoop(
  start: StreamStart,
  port: ThreadPort,
  makeAnswerer: MakeAnswerer,
): Promise<void> {
  const tickets = new SlowTickets(port, start.transport);
  const counters = openCounterRow(start.counters, start.thread);
  const clock = openClock(start.clock);
  const handler = new PacketHandler<StreamOrigin>({
    answerer: makeAnswerer(start),
    clock,
    counters,
    protocol: start.transport,
    later: STREAM_LATER,
    pushSlow: (origin, query, at, size) => tickets.push(origin, query.slice(at, at + size)),
  });
  const tls = start.tls && new TlsGate(DOT_PROTOCOL, start.tls);
  const proxies = new AddressRanges(start.proxies);
  const server = new StreamServer(handler, clock, start.limits, { tls, proxies });
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
  port.onOrder((order) => {
    if (order.kind === 'stop') stop();
    if (order.kind === 'credentials') tls?.replace(order.credentials);
    if (order.kind === 'answer') {
      const connection = tickets.redeem(order.ticket);
      if (connection !== undefined) server.find(connection)?.answer(order.message);
    }
  });
  try {
    for (const source of start.sources) await server.open(source);
    const beats = setInterval(() => {
      handler.beat();
      counters[PACKET_LAYOUT.at.connections] = server.connectionCount;
    }, BEAT_INTERVAL_MS);
    port.report({ kind: 'ready' });
    await stopped;
    clearInterval(beats);
  } finally {
    await server.close();
    counters[PACKET_LAYOUT.at.connections] = 0;
  }
}

/** Queries at the control thread, and the connections that wait for them. */
class SlowTickets {
  readonly #port: ThreadPort;
  readonly #transport: 'tcp' | 'tls';
  readonly #waiting = new Map<number, StreamConnection['id']>();
  #next = 1;

  constructor(port: ThreadPort, transport: 'tcp' | 'tls') {
    this.#port = port;
    this.#transport = transport;
  }

  push(origin: StreamOrigin, bytes: Uint8Array): boolean {
    if (this.#waiting.size >= SLOW_OUTSTANDING_MAX) return false;
    const path = new Uint8Array(RETURN_PATH_SIZE);
    origin.writeReturnPath(path, 0);
    const ticket = this.#next;
    this.#next += 1;
    this.#waiting.set(ticket, origin.id);
    const { listen } = origin;
    this.#port.report({ kind: 'slow', ticket, transport: this.#transport, listen, path, bytes });
    return true;
  }

  /** The connection's id; each ticket once. */
  redeem(ticket: number): number | undefined {
    const connection = this.#waiting.get(ticket);
    this.#waiting.delete(ticket);
    return connection;
  }
}
