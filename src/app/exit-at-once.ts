/**
 * Ends a process that has nothing left to do and cannot end by itself: a thread waits in the
 * kernel, for a network mount that is lost or a pipe that nobody writes to. Node's own way out
 * joins all of its threads and would wait with them; the system call ends them.
 */
import process from 'node:process';
import { openLibc } from '#net/libc.ts';

/**
 * Call it when everything is closed and said: what waits to be written to a pipe is lost. Where the
 * C library cannot be called it is Node's way out, and a thread that hangs has to be killed.
 */
export function exitAtOnce(): never {
  openLibc()?._exit(Number(process.exitCode ?? 0));
  process.exit();
}
