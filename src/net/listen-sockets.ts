/**
 * Opens the sockets of a server through libc, on the control thread, before privileges are dropped.
 * The control thread owns the descriptors for as long as the server runs; packet threads get their
 * numbers, and so does the successor of a thread that died.
 *
 * A port that anybody has, also another server of the same user that would share it by
 * SO_REUSEPORT, must be an error: the first UDP socket binds without that option. Only then the
 * option is set on it, and the sockets of further threads join its group. (Linux builds the group
 * when the second one binds.) There is no moment in which the port is free.
 *
 * An inherited socket (inherited-sockets.ts) is taken where there is one; the threads then share
 * it, because only who bound it may add to its group.
 */
import { assert } from '#base/assert.ts';
import { DATAGRAM_LIMITS } from './datagram.ts';
import type { InheritedSockets } from './inherited-sockets.ts';
import {
  AF_INET,
  AF_INET6,
  IP_MTU_DISCOVER,
  IP_PKTINFO,
  IP_PMTUDISC_OMIT,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_MTU_DISCOVER,
  IPV6_RECVPKTINFO,
  IPV6_V6ONLY,
  type Libc,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_RCVTIMEO,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_SNDBUF,
  SO_SNDBUFFORCE,
  SO_SNDTIMEO,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
} from './libc.ts';
import { formatListenAddress, isWildcard, type ListenAddress } from './listen-address.ts';
import { NetError, socketError } from './net-error.ts';
import { SOCKADDR_SIZE_MAX, writeListenSockaddr } from './socket-address.ts';
import { STREAM_LIMITS } from './stream-limits.ts';

/** One socket per thread, all bound to one address. */
export interface UdpGroup {
  listen: ListenAddress;
  /** A descriptor for each thread. */
  fds: number[];
}

/**
 * @param threads sockets to open on the address
 * @param inherited asked first
 * @throws NetError NET_ADDRESS_IN_USE, NET_ADDRESS_MISSING, NET_PERMISSION, NET_DESCRIPTORS,
 *   NET_INHERITED, NET_SOCKET; nothing stays open then
 */
export function openUdpGroup(
  libc: Libc,
  listen: ListenAddress,
  threads: number,
  inherited?: InheritedSockets,
): UdpGroup {
  assert(threads >= 1, 'a UDP group has a thread');
  const socket = new SocketOptions(libc);
  const taken = inherited?.take('udp', listen) ?? [];
  if (taken.length > 0) return shareUdp(socket, libc, { listen, fds: taken }, threads);
  const fds: number[] = [];
  try {
    for (let i = 0; i < threads; i++) {
      const fd = socket.open(listen, SOCK_DGRAM);
      fds.push(fd);
      setUdpOptions(socket, fd, listen);
      if (i > 0) socket.demand(fd, SOL_SOCKET, SO_REUSEPORT, 1);
      socket.bind(fd, listen);
      if (i === 0 && threads > 1) socket.demand(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    }
  } catch (error) {
    for (const fd of fds) libc.close(fd);
    throw error;
  }
  return { listen, fds };
}

/** As many descriptors as threads, over the sockets of `group`, each of which needs a reader. */
function shareUdp(
  socket: SocketOptions,
  libc: Libc,
  { listen, fds }: UdpGroup,
  threads: number,
): UdpGroup {
  if (fds.length > threads) {
    for (const fd of fds) libc.close(fd);
    throw new NetError(
      'NET_INHERITED',
      `${fds.length} UDP sockets inherited for ${formatListenAddress(listen)} and ${threads} ` +
        'packet threads: hand over at most as many as nameserver.threads',
    );
  }
  for (const fd of fds) setUdpOptions(socket, fd, listen);
  const bound = fds.length;
  const copies = Array.from({ length: threads - bound }, (_, i) => libc.dup(fds[i % bound]));
  return { listen, fds: [...fds, ...copies] };
}

/**
 * A bound TCP socket that `listen`s already, so that connections queue in the kernel while no
 * thread accepts.
 * @throws NetError as `openUdpGroup`
 */
export function openTcpListener(
  libc: Libc,
  listen: ListenAddress,
  inherited?: InheritedSockets,
): number {
  const socket = new SocketOptions(libc);
  const [taken, ...others] = inherited?.take('tcp', listen) ?? [];
  for (const fd of others) libc.close(fd);
  if (taken !== undefined) return taken;
  const fd = socket.open(listen, SOCK_STREAM);
  try {
    // Without it a restart is refused for as long as the old connections are in TIME_WAIT.
    socket.demand(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    socket.bind(fd, listen);
    if (libc.listen(fd, STREAM_LIMITS.backlog) !== 0) throw socket.failure(listen);
  } catch (error) {
    libc.close(fd);
    throw error;
  }
  return fd;
}

function setUdpOptions(socket: SocketOptions, fd: number, listen: ListenAddress): void {
  const size = DATAGRAM_LIMITS.kernelBufferSize;
  // The forced forms pass the system-wide limit and need CAP_NET_ADMIN: as big as we may.
  if (!socket.set(fd, SOL_SOCKET, SO_RCVBUFFORCE, size))
    socket.set(fd, SOL_SOCKET, SO_RCVBUF, size);
  if (!socket.set(fd, SOL_SOCKET, SO_SNDBUFFORCE, size))
    socket.set(fd, SOL_SOCKET, SO_SNDBUF, size);
  socket.setTimeout(fd, SO_RCVTIMEO, DATAGRAM_LIMITS.waitMs);
  socket.setTimeout(fd, SO_SNDTIMEO, DATAGRAM_LIMITS.sendWaitMs);
  if (listen.family === 6) {
    socket.set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IP_PMTUDISC_OMIT);
    if (isWildcard(listen)) socket.demand(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
  } else {
    socket.set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);
    if (isWildcard(listen)) socket.demand(fd, IPPROTO_IP, IP_PKTINFO, 1);
  }
}

/** The calls above with their arguments in memory, and their failures as coded errors. */
class SocketOptions {
  readonly #libc: Libc;
  readonly #view: DataView;
  readonly #address: number;
  #type = SOCK_DGRAM;

  constructor(libc: Libc) {
    this.#libc = libc;
    const memory = new Uint8Array(new SharedArrayBuffer(64));
    this.#view = new DataView(memory.buffer);
    this.#address = libc.addressOf(memory);
  }

  open(listen: ListenAddress, type: number): number {
    this.#type = type;
    const family = listen.family === 6 ? AF_INET6 : AF_INET;
    const fd = this.#libc.socket(family, type | SOCK_CLOEXEC, 0);
    if (fd < 0) throw this.failure(listen);
    if (listen.family === 6) this.set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    return fd;
  }

  bind(fd: number, listen: ListenAddress): void {
    const size = writeListenSockaddr(this.#view, 0, listen);
    assert(size <= SOCKADDR_SIZE_MAX, 'a socket address fits');
    if (this.#libc.bind(fd, this.#address, size) !== 0) throw this.failure(listen);
  }

  set(fd: number, level: number, name: number, value: number): boolean {
    this.#view.setInt32(0, value, true);
    return this.#libc.setsockopt(fd, level, name, this.#address, 4) === 0;
  }

  /** For options without which the socket would misbehave. */
  demand(fd: number, level: number, name: number, value: number): void {
    assert(this.set(fd, level, name, value), `socket option ${level}/${name}`);
  }

  setTimeout(fd: number, name: number, timeoutMs: number): void {
    this.#view.setBigInt64(0, 0n, true);
    this.#view.setBigInt64(8, BigInt(timeoutMs * 1000), true);
    const isSet = this.#libc.setsockopt(fd, SOL_SOCKET, name, this.#address, 16) === 0;
    assert(isSet, `socket timeout ${name}`);
  }

  failure(listen: ListenAddress): Error {
    const errno = this.#libc.errnoName(this.#libc.errno());
    const protocol = this.#type === SOCK_STREAM ? 'TCP' : 'UDP';
    return socketError(`listen on ${protocol}`, formatListenAddress(listen), errno);
  }
}
