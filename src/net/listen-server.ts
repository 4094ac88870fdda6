/**
 * A server of Node's begins to listen: one place for the options that all of ours have, and for
 * what an address says that cannot be had.
 */
import type { Server } from 'node:net';
import { errorCode } from '#base/coded-error.ts';
import { formatListenAddress, type ListenAddress } from './listen-address.ts';
import { socketError } from './net-error.ts';

export interface ListenOptions {
  /** Connections that the kernel completes before we accept them. */
  backlog?: number;
  /** A listening socket, in place of one that is bound to the address now. */
  fd?: number | undefined;
  /** For the error: `listen on TCP`. */
  doing?: string;
}

/** Node's own. */
const BACKLOG_DEFAULT = 511;

/**
 * Resolves when it listens.
 * @throws NetError as `openTcpListener` (listen-sockets.ts)
 */
export async function listenOn(
  server: Server,
  listen: ListenAddress,
  { backlog = BACKLOG_DEFAULT, fd, doing = 'listen on TCP' }: ListenOptions = {},
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  const { address: host, port, family } = listen;
  const place = fd === undefined ? { host, port, ipv6Only: family === 6 } : { fd };
  server.listen({ ...place, backlog, exclusive: true }, resolve);
  try {
    await promise;
  } catch (error) {
    throw socketError(doing, formatListenAddress(listen), errorCode(error) ?? 'EIO');
  }
  server.removeListener('error', reject);
}
