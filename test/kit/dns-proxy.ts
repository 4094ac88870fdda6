/**
 * A road between a probe and a real name server, over UDP and TCP, that a test spoils: it swallows,
 * delays or alters what the server answers. Closed with the test.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { type ListenAddress, parseListenAddress } from '#net/listen-address.ts';
import { freePort } from './free-port.ts';

export interface DnsProxy {
  readonly server: ListenAddress;
  /** Where queries go; may be changed at any time. */
  upstreamPort: number;
  /** Nothing comes back; TCP connections are taken and stay silent. */
  isDropping: boolean;
  /** Before each answer. */
  delayMs: number;
  /** Alters an answer. */
  alter: ((reply: Uint8Array) => Uint8Array) | undefined;
}

const HEADER_SIZE = 12;
const AUTHORITATIVE = 0x04;
const TRUNCATED = 0x02;

export async function openDnsProxy(address: string, upstreamPort: number): Promise<DnsProxy> {
  const server = parseListenAddress(`${address}:${await freePort(address)}`);
  const proxy: DnsProxy = {
    server,
    upstreamPort,
    isDropping: false,
    delayMs: 0,
    alter: undefined,
  };
  await listenUdp(proxy);
  await listenTcp(proxy);
  return proxy;
}

/** Back to a clear road. */
export function clearDnsProxy(proxy: DnsProxy): void {
  proxy.isDropping = false;
  proxy.delayMs = 0;
  proxy.alter = undefined;
}

/** The answer's header and question with TC set and nothing else, as a full reply buffer gives. */
export function truncated(reply: Uint8Array): Uint8Array {
  let end = HEADER_SIZE;
  while ((reply[end] ?? 0) !== 0) end += (reply[end] ?? 0) + 1;
  const cut = Uint8Array.from(reply.subarray(0, end + 5));
  cut[2] = (cut[2] ?? 0) | TRUNCATED;
  cut.fill(0, 6, HEADER_SIZE);
  return cut;
}

/** The same records without AA, as a server gives that is not (or no longer) responsible. */
export function lame(reply: Uint8Array): Uint8Array {
  const changed = Uint8Array.from(reply);
  changed[2] = (changed[2] ?? 0) & ~AUTHORITATIVE;
  return changed;
}

/** What is left of a datagram that lost its second half. */
export function halved(reply: Uint8Array): Uint8Array {
  return Uint8Array.from(reply.subarray(0, reply.length >> 1));
}

async function listenUdp(proxy: DnsProxy): Promise<void> {
  const udp = createSocket('udp4');
  udp.on('message', (query, from) => {
    if (proxy.isDropping) return;
    const road = createSocket('udp4');
    const end = setTimeout(() => road.close(), 5_000);
    road.on('message', (reply) => {
      clearTimeout(end);
      road.close();
      const altered = proxy.alter?.(reply) ?? reply;
      setTimeout(() => udp.send(altered, from.port, from.address, () => undefined), proxy.delayMs);
    });
    road.send(query, proxy.upstreamPort, '127.0.0.1');
  });
  udp.on('error', () => undefined);
  udp.bind(proxy.server.port, proxy.server.address);
  await once(udp, 'listening');
  onTestFinished(() => void udp.close());
}

async function listenTcp(proxy: DnsProxy): Promise<void> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
  };
  const tcp = createServer({ allowHalfOpen: true }, (near) => {
    keep(near);
    if (proxy.isDropping) {
      near.resume();
      return;
    }
    const far = connect(proxy.upstreamPort, '127.0.0.1');
    keep(far);
    far.setNoDelay(true);
    near.pipe(far);
    let held = Buffer.alloc(0);
    far.on('data', (octets: Buffer) => {
      held = Buffer.concat([held, octets]);
      if (held.length < 2 || held.length < 2 + held.readUInt16BE(0)) return;
      const reply = held.subarray(2, 2 + held.readUInt16BE(0));
      const altered = Buffer.from(proxy.alter?.(reply) ?? reply);
      held = Buffer.alloc(0);
      const length = Buffer.of(altered.length >> 8, altered.length & 0xff);
      setTimeout(() => near.write(Buffer.concat([length, altered])), proxy.delayMs);
    });
    far.on('end', () => setTimeout(() => near.end(), proxy.delayMs));
  });
  tcp.listen(proxy.server.port, proxy.server.address);
  await once(tcp, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    tcp.close();
  });
}
