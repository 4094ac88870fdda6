/**
 * A WHOIS query (RFC 3912): one line to port 43, the answer is whatever comes until the server
 * closes. Timed from the start of the connection to its end (biz-2013 4.2).
 */
import { connect } from 'node:net';
import type { Clock } from '#base/clock.ts';
import type { ListenAddress } from '#net/listen-address.ts';
import type { ProbeErrorCode } from '../probe-error.ts';
import { AttemptFailure, attempt } from '../timed-attempt.ts';

export interface WhoisOptions {
  server: ListenAddress;
  /** Without its line end. */
  query: string;
  timeoutMs: number;
  clock: Clock;
  signal: AbortSignal;
}

export type TextSeen = { text: string; rttUs: number } | { failure: ProbeErrorCode };

/** Octets of a response that are read; a longer one is none. */
export const RESPONSE_SIZE_MAX = 1_048_576;

/** Never rejects: what goes wrong is the result. */
export async function exchangeWhois(options: WhoisOptions): Promise<TextSeen> {
  const { server, query, timeoutMs, clock, signal: stop } = options;
  return attempt(timeoutMs, stop, async (signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<TextSeen & { text: string }>();
    const chunks: Buffer[] = [];
    let size = 0;
    const startUs = clock.monotonicUs();
    const socket = connect({ host: server.address, port: server.port, noDelay: true });
    signal.addEventListener('abort', () => reject(new AttemptFailure('timeout')), { once: true });
    socket.on('connect', () => socket.write(`${query}\r\n`));
    socket.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > RESPONSE_SIZE_MAX) reject(new AttemptFailure('response-too-long'));
      else chunks.push(chunk);
    });
    socket.on('error', reject);
    socket.on('end', () => {
      const rttUs = clock.monotonicUs() - startUs;
      if (size === 0) reject(new AttemptFailure('connection-closed'));
      else resolve({ text: Buffer.concat(chunks).toString('utf8'), rttUs });
    });
    try {
      return await promise;
    } finally {
      socket.destroy();
    }
  });
}
