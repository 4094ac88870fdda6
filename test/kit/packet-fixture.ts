/** Packet and stream threads with a StubAnswerer, on a free port of the loopback addresses. */
import { networkInterfaces } from 'node:os';
import { onTestFinished } from 'vitest';
import { silentLog } from '#base/log.ts';
import type { PacketImplementation, SocketsWanted } from '#dns/packet/packet-sockets.ts';
import type { PacketThreads, PacketThreadsOptions } from '#dns/packet/packet-threads.ts';
import { startPacketThreads } from '#dns/packet/packet-threads.ts';
import { openLibc } from '#net/libc.ts';
import { parseListenAddress } from '#net/listen-address.ts';
import { freePort } from './free-port.ts';
import { refuseSlowRequest } from './refuse-slow-request.ts';

export const STUB_MODULES = {
  packet: new URL('stub-packet-thread.ts', import.meta.url),
  stream: new URL('stub-stream-thread.ts', import.meta.url),
};

export const HAS_IPV6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some((address) => address.address === '::1'),
);

/** The implementations that this machine has; one that it lacks is said on standard error. */
export function packetImplementations(): Exclude<PacketImplementation, 'auto'>[] {
  if (openLibc() !== undefined) return ['batched', 'plain'];
  process.stderr.write('skipped: batched UDP needs koffi and glibc\n');
  return ['plain'];
}

/** Closed when the test ends. `addresses` with brackets where IPv6. */
export async function startStubThreads(
  addresses: string[],
  options: Partial<PacketThreadsOptions & SocketsWanted> = {},
): Promise<{ threads: PacketThreads; port: number }> {
  const port = await freePort();
  const threads = await startPacketThreads({
    listen: addresses.map((address) => parseListenAddress(`${address}:${port}`)),
    threads: 1,
    answerer: undefined,
    slowHandler: refuseSlowRequest,
    clock: { kind: 'system' },
    log: silentLog(),
    modules: STUB_MODULES,
    ...options,
  });
  onTestFinished(() => threads.close());
  return { threads, port };
}
