/**
 * PROXY headers in front of streams: takes the header off a fresh connection of a listed proxy
 * before anything else reads from it (TLS too stands behind it). Connections of others never come
 * here: a header of theirs is read as a frame, and believed by nobody.
 *
 *   accepted ──first octets──> header ──whole──> admitted as the client that it names
 *        │                       └──broken, late, cut off──> ended
 *        └──no header──> admitted as itself
 */
import type { Socket } from 'node:net';
import { formatIpAddress } from './ip-address.ts';
import { PROXY_PARTIAL, ProxiedClient, readProxyHeader } from './proxy-header.ts';

/** Who a connection is taken for. */
export interface StreamPeer {
  address: string;
  port: number;
}

/** Octets of the longest header that is waited for. */
const HEADER_SIZE_MAX = 4096;

/**
 * Calls `admit` once the first octets have told who the peer is; they are then unread again, but
 * for the header.
 * @param refuse called instead, with the socket destroyed, for a header that is broken
 */
export function awaitProxyHeader(
  socket: Socket,
  timeoutMs: number,
  admit: (peer: StreamPeer) => void,
  refuse: () => void,
): void {
  const client = new ProxiedClient();
  let held = Buffer.alloc(0);
  const settle = (): void => {
    clearTimeout(timer);
    socket.off('readable', read);
    socket.off('error', end);
    socket.off('end', end);
  };
  const end = (): void => {
    settle();
    socket.destroy();
  };
  const timer = setTimeout(end, timeoutMs);
  const read = (): void => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    held = Buffer.concat([held, chunk]);
    const size = readProxyHeader(held, 0, held.length, client);
    if (size === PROXY_PARTIAL && held.length < HEADER_SIZE_MAX) return;
    if (size < 0) {
      end();
      refuse();
      return;
    }
    settle();
    const rest = held.subarray(size);
    if (rest.length > 0) socket.unshift(rest);
    admit(client.isGiven ? formatPeer(client) : peerOf(socket));
  };
  socket.on('readable', read);
  socket.once('error', end);
  socket.once('end', end);
}

/** Who is at the other end of the connection itself. */
export function peerOf(socket: Socket): StreamPeer {
  return { address: socket.remoteAddress ?? '0.0.0.0', port: socket.remotePort ?? 0 };
}

function formatPeer({ octets, isIpv6, port }: ProxiedClient): StreamPeer {
  return { address: formatIpAddress(octets.subarray(0, isIpv6 ? 16 : 4)), port };
}
