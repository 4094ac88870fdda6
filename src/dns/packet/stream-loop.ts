/**
 * The body of a stream thread: every TCP connection of the server, or every TLS one, answered from
 * the same image by the same code. TLS has a thread of its own: however many handshakes strangers
 * ask for, they cost TCP clients nothing. It runs Node's event loop. What needs the control thread
 * goes there as a message with a ticket (stream-tickets.ts), and comes back in any order.
 */
import { openClock } from '#base/clock.ts';
import { openCounterRow } from '#base/shared-counters.ts';
import { AddressRanges } from '#net/address-ranges.ts';
import { STREAM_LATER, type StreamOrigin } from '#net/stream-handler.ts';
import { StreamServer } from '#net/stream-server.ts';
import { TlsGate } from '#net/tls-gate.ts';
import { PACKET_LAYOUT } from './packet-counters.ts';
import { PacketHandler } from './packet-handler.ts';
import { StreamTickets } from './stream-tickets.ts';
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
  const counters = openCounterRow(start.counters, start.thread);
  const clock = openClock(start.clock);
  const handler = new PacketHandler<StreamOrigin>({
    answerer: makeAnswerer(start),
    clock,
    counters,
    protocol: start.transport,
    later: STREAM_LATER,
    pushSlow: (origin, query, at, size) => tickets.push(origin, query, at, size),
    onClosed: (origin) => tickets.closed(origin),
  });
  const tls = start.tls && new TlsGate(DOT_PROTOCOL, start.tls);
  const proxies = new AddressRanges(start.proxies);
  const server = new StreamServer(handler, clock, start.limits, { tls, proxies });
  const tickets = new StreamTickets(port, start.transport, (id) => server.find(id));
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
  port.onOrder((order) => {
    if (order.kind === 'stop') stop();
    if (order.kind === 'credentials') tls?.replace(order.credentials);
    if (order.kind === 'answer') tickets.answer(order.ticket, order.message);
    if (order.kind === 'answered') tickets.answered(order.ticket);
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
