/**
 * Whether the directory does its work: a real query to our own WHOIS socket, and how far behind
 * what it answers from is. RDAP is on the same server as this answer.
 */
import { connect } from 'node:net';
import type { HealthCheck, HealthSource } from '#http/health-route.ts';
import { formatListenAddress, isWildcard, type ListenAddress } from '#net/listen-address.ts';
import { BREACH_MS } from '#registry/rdds/replica/replica-lag.ts';

const TIMEOUT_MS = 3_000;
const REPLY_SIZE_MAX = 64 * 1024;
/** A name that no registry can have (RFC 2606 section 2). */
const QUERY = 'domain health.invalid\r\n';
const SIGN_OF_LIFE = '>>> Last update of WHOIS database: ';

export class RddsHealth implements HealthSource {
  readonly #whois: ListenAddress;
  readonly #lagMs: () => number;

  constructor(whois: ListenAddress, lagMs: () => number) {
    this.#whois = whois;
    this.#lagMs = lagMs;
  }

  async check(): Promise<HealthCheck[]> {
    return [await this.#checkWhois(), this.#checkReplica()];
  }

  async #checkWhois(): Promise<HealthCheck> {
    const name = `whois ${formatListenAddress(this.#whois)}`;
    const reply = await askWhois(this.#whois);
    if (reply.includes(SIGN_OF_LIFE)) return { name, healthy: true };
    const reason = reply === '' ? `no answer within ${TIMEOUT_MS} ms` : reply.trim();
    return { name, healthy: false, reason };
  }

  #checkReplica(): HealthCheck {
    const lagMs = this.#lagMs();
    if (lagMs < BREACH_MS) return { name: 'replica', healthy: true };
    return { name: 'replica', healthy: false, reason: `${lagMs} ms behind the register` };
  }
}

/** The reply, or as much of it as came. */
async function askWhois(listen: ListenAddress): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const loopback = listen.family === 4 ? '127.0.0.1' : '::1';
  const host = isWildcard(listen) ? loopback : listen.address;
  const socket = connect({ host, port: listen.port });
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy());
  let reply = '';
  socket.on('data', (chunk: Buffer) => {
    reply += chunk.toString('utf8');
    if (reply.length > REPLY_SIZE_MAX) socket.destroy();
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => resolve());
  socket.end(QUERY);
  await promise;
  return reply;
}
