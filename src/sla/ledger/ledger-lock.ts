/**
 * One writer at a time. The lock is a file that names its holder by process id, start time and
 * boot, so that after kill -9, a reboot or a container's restart (where the same id comes back) it
 * is known to be stale and taken over. A stale lock is first renamed: of two starters only one can
 * succeed.
 */
import { link, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { errorCode } from '#base/coded-error.ts';
import { LedgerLockedError } from './ledger-error.ts';

const ATTEMPTS_MAX = 10;

/** Releases the lock; a second call does nothing. */
export type ReleaseLock = () => Promise<void>;

/** Raises LedgerLockedError while another living process (or this one) holds the lock. */
export async function takeLedgerLock(folder: string): Promise<ReleaseLock> {
  const path = join(folder, 'LOCK');
  const mine = await identify(process.pid);
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    if (await createLock(path, mine)) return once(() => rm(path, { force: true }));
    const holder = await readHolder(path);
    if (holder === undefined) continue;
    if (await isAlive(holder))
      throw new LedgerLockedError(folder, `process ${holder.split(' ')[0]}`);
    await removeStale(path, holder);
  }
  throw new LedgerLockedError(folder, 'a process that is starting');
}

/** The lock appears with its content or not at all: written beside, then linked into place. */
async function createLock(path: string, holder: string): Promise<boolean> {
  const draft = `${path}.${process.pid}`;
  const file = await open(draft, 'w', 0o600);
  try {
    await file.writeFile(holder);
  } finally {
    await file.close();
  }
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function readHolder(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function removeStale(path: string, holder: string): Promise<void> {
  const aside = `${path}.stale.${process.pid}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  // Someone quicker may have put a new lock there between our reading and our renaming.
  if ((await readHolder(aside)) !== holder) {
    await link(aside, path).catch((error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error;
    });
  }
  await rm(aside, { force: true });
}

async function isAlive(holder: string): Promise<boolean> {
  const pid = Number(holder.split(' ')[0]);
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false;
  }
  return (await identify(pid)) === holder;
}

/** `PID START BOOT`; where there is no /proc, the process id alone decides. */
async function identify(pid: number): Promise<string> {
  try {
    const status = await readFile(`/proc/${pid}/stat`, 'utf8');
    const afterName = status.slice(status.lastIndexOf(')') + 2).split(' ');
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    return `${pid} ${afterName[19]} ${boot.trim()}`;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return `${pid}`;
    throw error;
  }
}

function once(task: () => Promise<void>): ReleaseLock {
  let done: Promise<void> | undefined;
  return () => {
    done ??= task();
    return done;
  };
}
