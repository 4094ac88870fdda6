/**
 * `struct sockaddr_in` and `sockaddr_in6` of Linux (man 7 ip, man 7 ipv6), and their translation to
 * a return path. Family is in host order (little endian on both supported machines), the rest in
 * network order except the scope id.
 *
 *     sockaddr_in   0 family  2 port  4 address                              16 octets
 *     sockaddr_in6  0 family  2 port  4 flow  8 address (16)  24 scope id    28 octets
 */

import { parseIpAddress } from './ip-address.ts';
import { AF_INET, AF_INET6 } from './libc.ts';
import type { ListenAddress } from './listen-address.ts';
import { RETURN_PATH } from './return-path.ts';

export const SOCKADDR_SIZE_MAX = 28;
/** Where the address begins in each. */
export const ADDRESS_AT_IPV4 = 4;
export const ADDRESS_AT_IPV6 = 8;
const SOCKADDR_IN_SIZE = 16;

/** Writes a listen address; gives the octets written. */
export function writeListenSockaddr(view: DataView, at: number, listen: ListenAddress): number {
  const octets = parseIpAddress(listen.address) ?? new Uint8Array(4);
  const isIpv6 = listen.family === 6;
  const size = isIpv6 ? SOCKADDR_SIZE_MAX : SOCKADDR_IN_SIZE;
  for (let i = 0; i < size; i++) view.setUint8(at + i, 0);
  view.setUint16(at, isIpv6 ? AF_INET6 : AF_INET, true);
  view.setUint16(at + 2, listen.port);
  const addressAt = at + (isIpv6 ? ADDRESS_AT_IPV6 : ADDRESS_AT_IPV4);
  for (let i = 0; i < octets.length; i++) view.setUint8(addressAt + i, octets[i]);
  return size;
}

/** Writes the family, port, scope and peer of a return path from a sockaddr. */
export function sockaddrToPath(
  from: Uint8Array,
  at: number,
  path: Uint8Array,
  pathAt: number,
): void {
  const isIpv6 = from[at] === AF_INET6;
  path[pathAt] = isIpv6 ? 6 : 4;
  path[pathAt + RETURN_PATH.port] = from[at + 2];
  path[pathAt + RETURN_PATH.port + 1] = from[at + 3];
  for (let i = 0; i < 4; i++) {
    path[pathAt + RETURN_PATH.scope + i] = isIpv6 ? from[at + 27 - i] : 0;
  }
  const addressAt = at + (isIpv6 ? ADDRESS_AT_IPV6 : ADDRESS_AT_IPV4);
  const size = isIpv6 ? 16 : 4;
  for (let i = 0; i < size; i++) path[pathAt + RETURN_PATH.peer + i] = from[addressAt + i];
}

/** Writes the sockaddr of a return path's peer; gives the octets written. */
export function pathToSockaddr(path: Uint8Array, to: Uint8Array, at: number): number {
  const isIpv6 = path[RETURN_PATH.family] === 6;
  const size = isIpv6 ? SOCKADDR_SIZE_MAX : SOCKADDR_IN_SIZE;
  to.fill(0, at, at + size);
  to[at] = isIpv6 ? AF_INET6 : AF_INET;
  to[at + 2] = path[RETURN_PATH.port];
  to[at + 3] = path[RETURN_PATH.port + 1];
  if (isIpv6) {
    for (let i = 0; i < 4; i++) to[at + 27 - i] = path[RETURN_PATH.scope + i];
  }
  const octets = path.subarray(RETURN_PATH.peer, RETURN_PATH.peer + (isIpv6 ? 16 : 4));
  to.set(octets, at + (isIpv6 ? ADDRESS_AT_IPV6 : ADDRESS_AT_IPV4));
  return size;
}
