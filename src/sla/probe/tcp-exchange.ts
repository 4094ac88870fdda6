/**
 * A query over TCP (RFC 7766) on a connection of its own, one query in it. The stopwatch runs from
 * the start of the connection to its end: when the whole reply is in, the probe closes its side and
 * waits for the server to close too. A server that keeps the connection open until the time is up
 * has not ended it, which is said with a code of its own.
 */
import { connect, type Socket } from 'node:net';
import { concatBytes } from '#base/bytes.ts';
import { errorCode } from '#base/coded-error.ts';
import type { Exchange, ExchangeOptions } from './exchange.ts';
import { socketErrorCode } from './probe-error.ts';

const LENGTH_SIZE = 2;

/** Never rejects: what goes wrong is the result. */
export async function exchangeTcp(options: ExchangeOptions): Promise<Exchange> {
  const { server, query, timeoutMs, clock, signal } = options;
  if (signal.aborted) return { failure: 'stopped' };
  const { promise, resolve } = Promise.withResolvers<Exchange>();
  const startUs = clock.monotonicUs();
  const elapsed = (): { rttUs: number } => ({ rttUs: clock.monotonicUs() - startUs });
  const socket = connect({ host: server.address, port: server.port, noDelay: true });
  const reply = new FramedReply();
  const onAbort = (): void => resolve({ failure: 'stopped' });
  const giveUp = (): void =>
    resolve({ failure: reply.message === undefined ? 'timeout' : 'connection-kept-open' });
  // What has come by now is still read: timers go first after a stall.
  const timer = setTimeout(() => void setImmediate(giveUp), timeoutMs);
  signal.addEventListener('abort', onAbort, { once: true });
  socket.on('connect', () => sendQuery(socket, query));
  socket.on('data', (octets: Buffer) => {
    reply.add(octets);
    if (reply.message !== undefined) socket.end();
  });
  socket.on('error', (error) => {
    // A reset after the whole reply ends the connection as well as a close does.
    if (reply.message !== undefined) resolve({ reply: reply.message, ...elapsed() });
    else resolve({ failure: socketErrorCode(errorCode(error)), ...elapsed() });
  });
  socket.on('end', () => {
    if (reply.message !== undefined) resolve({ reply: reply.message, ...elapsed() });
    else resolve({ failure: 'connection-closed', ...elapsed() });
  });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    socket.destroy();
  }
}

/** Length and message in one piece, as RFC 7766 section 8 asks. */
function sendQuery(socket: Socket, query: Uint8Array): void {
  const framed = new Uint8Array(LENGTH_SIZE + query.length);
  framed[0] = query.length >> 8;
  framed[1] = query.length & 0xff;
  framed.set(query, LENGTH_SIZE);
  socket.write(framed);
}

/** Collects the first message of a stream. */
class FramedReply {
  message: Uint8Array | undefined;
  #held: Uint8Array = new Uint8Array(0);

  add(octets: Uint8Array): void {
    if (this.message !== undefined) return;
    this.#held = concatBytes([this.#held, octets]);
    if (this.#held.length < LENGTH_SIZE) return;
    const size = ((this.#held[0] ?? 0) << 8) | (this.#held[1] ?? 0);
    if (this.#held.length < LENGTH_SIZE + size) return;
    this.message = this.#held.subarray(LENGTH_SIZE, LENGTH_SIZE + size);
  }
}
