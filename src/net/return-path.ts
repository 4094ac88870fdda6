/**
 * The way back to a client, as octets that cross threads: who asked, and which of our addresses was
 * asked (a reply must leave from that one when the socket is bound to a wildcard).
 *
 *    0  family, 4 or 6
 *    1  1 if our own address is given
 *    2  client's port (network order)
 *    4  IPv6 scope id (network order)
 *    8  client's address: 4 or 16 octets
 *   24  our own address: 4 or 16 octets
 *   40  4 or 6 if the above is a proxy that asks for somebody: that client's family
 *   42  its port (network order)
 *   44  its address: 4 or 16 octets
 */
import { type Family, formatIpAddress, parseIpAddress } from './ip-address.ts';

export const RETURN_PATH_SIZE = 64;
export const RETURN_PATH = {
  family: 0,
  hasLocal: 1,
  port: 2,
  scope: 4,
  peer: 8,
  local: 24,
  proxiedFamily: 40,
  proxiedPort: 42,
  proxied: 44,
} as const;

export interface PeerAddress {
  address: string;
  port: number;
  family: Family;
}

/** Octets of the address in a return path: 4 or 16. */
export function pathAddressSize(path: Uint8Array, at = 0): number {
  return path[at] === 6 ? 16 : 4;
}

/** Who asked, behind whatever proxy; the scope id of a link-local address is not shown. */
export function readPeerAddress(path: Uint8Array): PeerAddress {
  const { proxiedFamily, proxied, proxiedPort } = RETURN_PATH;
  if (path[proxiedFamily] === 0) return readReplyAddress(path);
  return readAddress(path, path[proxiedFamily] === 6 ? 16 : 4, proxied, proxiedPort);
}

/** Whom the reply goes to: who asked, or the proxy that did for it. */
export function readReplyAddress(path: Uint8Array): PeerAddress {
  return readAddress(path, pathAddressSize(path), RETURN_PATH.peer, RETURN_PATH.port);
}

function readAddress(path: Uint8Array, size: number, at: number, portAt: number): PeerAddress {
  return {
    address: formatIpAddress(path.subarray(at, at + size)),
    port: (path[portAt] << 8) | path[portAt + 1],
    family: size === 16 ? 6 : 4,
  };
}

/** Adds for whom the proxy at the other end asks. @param octets of the address, 4 or 16 */
export function writeProxiedAddress(
  out: Uint8Array,
  at: number,
  octets: Uint8Array,
  isIpv6: boolean,
  port: number,
): void {
  const size = isIpv6 ? 16 : 4;
  out[at + RETURN_PATH.proxiedFamily] = isIpv6 ? 6 : 4;
  out[at + RETURN_PATH.proxiedPort] = port >>> 8;
  out[at + RETURN_PATH.proxiedPort + 1] = port & 0xff;
  for (let i = 0; i < size; i++) out[at + RETURN_PATH.proxied + i] = octets[i];
}

/** Writes the path to a peer known by text, as Node's own sockets tell it. */
export function writePeerAddress(out: Uint8Array, at: number, address: string, port: number): void {
  const [plain] = address.split('%', 1);
  const octets = parseIpAddress(plain) ?? new Uint8Array(4);
  out.fill(0, at, at + RETURN_PATH_SIZE);
  out[at] = octets.length === 16 ? 6 : 4;
  out[at + RETURN_PATH.port] = port >>> 8;
  out[at + RETURN_PATH.port + 1] = port & 0xff;
  out.set(octets, at + RETURN_PATH.peer);
}
