/**
 * The system calls that Node does not offer, through koffi: the only module that knows it. koffi is
 * an optional dependency; `openLibc` gives `undefined` where it, or glibc on 64-bit Linux, is
 * missing, and callers fall back to Node's own sockets.
 *
 * Every call takes memory as an absolute address in a plain number (user space ends at 2^47, well
 * inside a double), so the packet path makes no BigInt. A failed call gives -1; `errno` then says
 * why. Worker threads open their own. Constants and structure layouts are those of the Linux ABI,
 * equal on x86-64 and arm64.
 */
import { createRequire } from 'node:module';
import process from 'node:process';

export interface Libc {
  socket(family: number, type: number, protocol: number): number;
  setsockopt(fd: number, level: number, name: number, value: number, size: number): number;
  /** `value` and `size` are addresses; `size` goes in and comes out. */
  getsockopt(fd: number, level: number, name: number, value: number, size: number): number;
  getsockname(fd: number, address: number, size: number): number;
  fcntl(fd: number, command: number, value: number): number;
  bind(fd: number, address: number, size: number): number;
  listen(fd: number, backlog: number): number;
  dup(fd: number): number;
  close(fd: number): number;
  poll(polled: number, count: number, timeoutMs: number): number;
  recvmmsg(fd: number, headers: number, count: number, flags: number, timeout: number): number;
  sendmmsg(fd: number, headers: number, count: number, flags: number): number;
  sched_setaffinity(thread: number, size: number, mask: number): number;
  /** Does not return: ends all threads, whatever they wait for, and nothing of Node's runs. */
  _exit(status: number): number;
  /** Number of the calling thread's last error; only meaningful right after a -1. */
  errno(): number;
  /** `EADDRINUSE` for its number. */
  errnoName(errno: number): string;
  /** Absolute address of the first octet; valid while `memory` is reachable. */
  addressOf(memory: Uint8Array): number;
}

export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_CLOEXEC = 0o2000000;

export const SOL_SOCKET = 1;
export const SO_REUSEADDR = 2;
export const SO_TYPE = 3;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SO_REUSEPORT = 15;
export const SO_RCVTIMEO = 20;
export const SO_SNDTIMEO = 21;
export const SO_SNDBUFFORCE = 32;
export const SO_RCVBUFFORCE = 33;

export const IPPROTO_IP = 0;
export const IP_PKTINFO = 8;
export const IP_MTU_DISCOVER = 10;
/** Neither set "don't fragment" nor believe a path MTU that a forged ICMP claims. */
export const IP_PMTUDISC_OMIT = 5;
export const IPPROTO_IPV6 = 41;
export const IPV6_MTU_DISCOVER = 23;
export const IPV6_V6ONLY = 26;
export const IPV6_RECVPKTINFO = 49;
export const IPV6_PKTINFO = 50;

export const F_GETFL = 3;
export const F_SETFL = 4;
export const O_NONBLOCK = 0o4000;

export const MSG_TRUNC = 0x20;
export const MSG_DONTWAIT = 0x40;
export const MSG_WAITFORONE = 0x10000;
export const POLLIN = 1;

export const EINTR = 4;
export const EAGAIN = 11;
export const ENOBUFS = 105;

/** Every argument is a number: a value, or the absolute address of what the call wants. */
type SystemCall = (...values: number[]) => number;
type Koffi = typeof import('koffi');

/** The C library, or `undefined` where the batched system calls cannot be had. */
export function openLibc(): Libc | undefined {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) return undefined;
  try {
    const koffi = createRequire(import.meta.url)('koffi') as Koffi;
    const library = koffi.load('libc.so.6');
    library.symbol('gnu_get_libc_version');
    return bindLibc(koffi, library);
  } catch {
    // No koffi for this platform, or a C library that is not glibc: the caller has a fallback.
    return undefined;
  }
}

function bindLibc(koffi: Koffi, library: ReturnType<Koffi['load']>): Libc {
  const names = new Map(Object.entries(koffi.os.errno).map(([name, number]) => [number, name]));
  const call = (name: string, ...types: string[]): SystemCall => library.func(name, 'int', types);
  return {
    socket: call('socket', 'int', 'int', 'int'),
    setsockopt: call('setsockopt', 'int', 'int', 'int', 'uintptr_t', 'uint32_t'),
    getsockopt: call('getsockopt', 'int', 'int', 'int', 'uintptr_t', 'uintptr_t'),
    getsockname: call('getsockname', 'int', 'uintptr_t', 'uintptr_t'),
    fcntl: call('fcntl', 'int', 'int', 'int'),
    bind: call('bind', 'int', 'uintptr_t', 'uint32_t'),
    listen: call('listen', 'int', 'int'),
    dup: call('dup', 'int'),
    close: call('close', 'int'),
    poll: call('poll', 'uintptr_t', 'uint64_t', 'int'),
    recvmmsg: call('recvmmsg', 'int', 'uintptr_t', 'uint32_t', 'int', 'uintptr_t'),
    sendmmsg: call('sendmmsg', 'int', 'uintptr_t', 'uint32_t', 'int'),
    sched_setaffinity: call('sched_setaffinity', 'int', 'size_t', 'uintptr_t'),
    _exit: call('_exit', 'int'),
    errno: () => koffi.errno(),
    errnoName: (errno) => names.get(errno) ?? `errno ${errno}`,
    addressOf: (memory) => Number(koffi.address(memory)),
  };
}
