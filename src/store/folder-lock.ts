/**
 * One process per store folder, from before its files are checked until after they are sealed.
 * LevelDB's own lock covers only the time in between, and Node has no file locks, so an empty
 * LevelDB is kept beside the real one for the sake of its lock. The system drops the lock with the
 * process, however it dies.
 *
 * It is a POSIX lock and belongs to the process: opening the same folder twice in one process is
 * refused too, but that attempt weakens the lock against other processes. Composition roots open
 * each folder once.
 */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Level } from 'level';
import { openError } from './open-level.ts';

export interface FolderLock {
  close(): Promise<void>;
}

/** Takes the lock kept in `folder` (created if missing), or raises `STORE_LOCKED`. */
export async function lockFolder(folder: string): Promise<FolderLock> {
  try {
    return await openGuard(folder);
  } catch (error) {
    const failure = openError(folder, error);
    if (failure.code === 'STORE_LOCKED') throw failure;
  }
  try {
    // Nothing in it is of value: if it is damaged it is made anew, around the lock itself.
    for (const name of await readdir(folder).catch(() => [])) {
      if (name !== 'LOCK') await rm(join(folder, name), { force: true });
    }
    return await openGuard(folder);
  } catch (error) {
    throw openError(folder, error);
  }
}

async function openGuard(folder: string): Promise<FolderLock> {
  const guard = new Level(folder, { writeBufferSize: 64 << 10, cacheSize: 0, maxOpenFiles: 10 });
  await guard.open();
  return { close: () => guard.close() };
}
