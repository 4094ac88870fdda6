/**
 * Sockets that somebody else bound and handed to this process (systemd's socket activation,
 * sd_listen_fds(3)): descriptors from 3 on. Each takes the place of one that we would bind, by its
 * address, port and kind; names that the other side gave them are not looked at. Every one must
 * find its place: what comes in on a socket that nobody reads is lost without a word.
 */
import { assert } from '#base/assert.ts';
import { formatIpAddress, parseIpAddress } from './ip-address.ts';
import {
  AF_INET,
  AF_INET6,
  F_GETFL,
  F_SETFL,
  type Libc,
  O_NONBLOCK,
  SO_TYPE,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
} from './libc.ts';
import { formatListenAddress, type ListenAddress } from './listen-address.ts';
import { NetError } from './net-error.ts';
import { SOCKADDR_SIZE_MAX } from './socket-address.ts';

const FIRST_FD = 3;

export type SocketKind = 'udp' | 'tcp';

interface InheritedSocket {
  fd: number;
  kind: SocketKind;
  address: string;
  port: number;
}

export class InheritedSockets {
  readonly #libc: Libc;
  readonly #left: InheritedSocket[] = [];

  /**
   * @param count of descriptors handed over; 0 for none
   * @throws NetError NET_INHERITED for a descriptor that is no UDP or TCP socket
   */
  constructor(libc: Libc, count: number) {
    this.#libc = libc;
    for (let fd = FIRST_FD; fd < FIRST_FD + count; fd++) this.#left.push(describe(libc, fd));
  }

  /** The descriptors for a listen address, blocking; they are the caller's from now on. */
  take(kind: SocketKind, listen: ListenAddress): number[] {
    const address = canonical(listen.address);
    const isWanted = (socket: InheritedSocket): boolean =>
      socket.kind === kind && socket.port === listen.port && socket.address === address;
    const fds = this.#left.filter(isWanted).map(({ fd }) => fd);
    this.#left.splice(0, Infinity, ...this.#left.filter((socket) => !isWanted(socket)));
    for (const fd of fds) {
      const flags = this.#libc.fcntl(fd, F_GETFL, 0);
      this.#libc.fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
    }
    return fds;
  }

  /** @throws NetError NET_INHERITED naming the sockets that nobody took */
  demandNoneLeft(): void {
    if (this.#left.length === 0) return;
    const names = this.#left.map((socket) => `${socket.kind} ${formatListenAddress(socket)}`);
    throw new NetError(
      'NET_INHERITED',
      `inherited sockets that are not configured: ${names.join(', ')}; ` +
        'list them in nameserver.listen or nameserver.tls.listen, or take them out of the ' +
        '.socket unit',
    );
  }
}

function describe(libc: Libc, fd: number): InheritedSocket {
  // 0 address (28)  32 its size  36 an option's value  40 that one's size
  const memory = new Uint8Array(new SharedArrayBuffer(64));
  const view = new DataView(memory.buffer);
  const at = libc.addressOf(memory);
  view.setInt32(32, SOCKADDR_SIZE_MAX, true);
  view.setInt32(40, 4, true);
  const isSocket =
    libc.getsockname(fd, at, at + 32) === 0 &&
    libc.getsockopt(fd, SOL_SOCKET, SO_TYPE, at + 36, at + 40) === 0;
  const family = view.getUint16(0, true);
  const type = view.getInt32(36, true);
  const isOurs =
    isSocket &&
    (family === AF_INET || family === AF_INET6) &&
    (type === SOCK_DGRAM || type === SOCK_STREAM);
  if (!isOurs) {
    throw new NetError(
      'NET_INHERITED',
      `inherited descriptor ${fd} is not a UDP or TCP socket; correct the .socket unit`,
    );
  }
  const isIpv6 = family === AF_INET6;
  const octets = isIpv6 ? memory.slice(8, 24) : memory.slice(4, 8);
  const kind = type === SOCK_DGRAM ? 'udp' : 'tcp';
  return { fd, kind, address: formatIpAddress(octets), port: view.getUint16(2) };
}

/** One spelling for each address. */
function canonical(address: string): string {
  const octets = parseIpAddress(address);
  assert(octets !== undefined, 'a listen address is an IP address');
  return formatIpAddress(octets);
}
