/**
 * The body of the stream thread: every TCP connection of the server, answered from the same image
 * by the same code. It runs Node's event loop. What needs the control thread goes there as a
 * message with a ticket, and comes back in any order.
 */
import { openClock } from '#base/clock.ts';
import { openCounterRow } from '#base/shared-counters.ts';
import { RETURN_PATH_SIZE } from '#net/return-path.ts';
import type { StreamConnection } from '#net/stream-connection.ts';
import { STREAM_LATER, type StreamOrigin } from '#net/stream-handler.ts';
import { StreamServer } from '#net/stream-server.ts';
import { PACKET_LAYOUT } from './packet-counters.ts';
import { PacketHandler } from './packet-handler.ts';
import { SLOW_OUTSTANDING_MAX } from './slow-lane.ts';
import type { MakeAnswerer, ThreadPort } from './thread-body.ts';
import type { StreamStart } from './thread-start.ts';

const CONNECTIONS_COUNTED_MS = 1000;

/** Returns when the thread has been told to stop and its connections have ended. */
export async function runStreamLoop(
  start: StreamStart,
  port: ThreadPort,
  makeAnswerer: MakeAnswerer,
): Promise<void> {
  const tickets = new SlowTickets(port);
  const counters = openCounterRow(start.counters, start.thread);
  const clock = openClock(start.clock);
  const handler = new PacketHandler<StreamOrigin>({
    answerer: makeAnswerer(start),
    clock,
    counters,
    isStream: true,
    later: STREAM_LATER,
    pushSlow: (origin, query, at, size) => tickets.push(origin, query.slice(at, at + size)),
  });
  const server = new StreamServer(handler, clock, start.limits);
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
  port.onOrder((order) => {
    if (order.kind === 'stop') stop();
    if (order.kind === 'answer') {
      const connection = tickets.redeem(order.ticket);
      if (connection !== undefined) server.find(connection)?.answer(order.message);
    }
  });
  try {
    for (const source of start.sources) await server.open(source);
    const countConnections = setInterval(() => {
      counters[PACKET_LAYOUT.at.connections] = server.connectionCount;
    }, CONNECTIONS_COUNTED_MS);
    port.report({ kind: 'ready' });
    await stopped;
    clearInterval(countConnections);
  } finally {
    await server.close();
    counters[PACKET_LAYOUT.at.connections] = 0;
  }
}

/** Queries at the control thread, and the connections that wait for them. */
class SlowTickets {
  readonly #port: ThreadPort;
  readonly #waiting = new Map<number, StreamConnection['id']>();
  #next = 1;

  constructor(port: ThreadPort) {
    this.#port = port;
  }

  push(origin: StreamOrigin, bytes: Uint8Array): boolean {
    if (this.#waiting.size >= SLOW_OUTSTANDING_MAX) return false;
    const path = new Uint8Array(RETURN_PATH_SIZE);
    origin.writeReturnPath(path, 0);
    const ticket = this.#next;
    this.#next += 1;
    this.#waiting.set(ticket, origin.id);
    this.#port.report({ kind: 'slow', ticket, listen: origin.listen, path, bytes });
    return true;
  }

  /** The connection's id; each ticket once. */
  redeem(ticket: number): number | undefined {
    const connection = this.#waiting.get(ticket);
    this.#waiting.delete(ticket);
    return connection;
  }
}
