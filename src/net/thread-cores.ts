/**
 * Which processor cores a thread may run on (sched_setaffinity(2)): a packet thread with a core of
 * its own never waits for another thread's time slice. No privilege is needed; threads that a
 * thread starts inherit its cores.
 */
import { readdirSync } from 'node:fs';
import { type Libc, openLibc } from './libc.ts';
import { NetError } from './net-error.ts';

/** Cores that the kernel's mask has room for, as glibc's CPU_SETSIZE. */
export const CORES_MAX = 1024;
const CALLING_THREAD = 0;

/** @throws NetError NET_CORES where the machine has none of the cores, NET_NO_LIBC */
export function pinThread(cores: readonly number[]): void {
  pin(demandLibc(), CALLING_THREAD, cores);
}

/** Every thread that the process has by now. @throws NetError as `pinThread` */
export function pinProcess(cores: readonly number[]): void {
  const libc = demandLibc();
  for (const thread of readdirSync('/proc/self/task')) pin(libc, Number(thread), cores);
}

function demandLibc(): Libc {
  const libc = openLibc();
  if (libc !== undefined) return libc;
  throw new NetError(
    'NET_NO_LIBC',
    'threads cannot be kept on cores here: that needs koffi and glibc on 64-bit Linux; ' +
      'remove nameserver.cores from the configuration',
  );
}

function pin(libc: Libc, thread: number, cores: readonly number[]): void {
  const mask = new Uint8Array(CORES_MAX / 8);
  for (const core of cores) mask[core >> 3] |= 1 << (core & 7);
  if (libc.sched_setaffinity(thread, mask.length, libc.addressOf(mask)) === 0) return;
  const reason = libc.errnoName(libc.errno());
  throw new NetError(
    'NET_CORES',
    `cannot run on core ${cores.join(', ')}: ${reason}; name cores that the machine has and ` +
      'that this process may use (nproc, taskset -cp shows them)',
  );
}
