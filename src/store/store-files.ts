/**
 * What lies where in the folder of a store.
 *
 *     level/    LevelDB's files
 *     seal      what they were when the store was last closed (close-seal.ts)
 *     mirror/   every synced batch once more (mirror/), unless it has a folder of its own elsewhere
 *     lock      one process at a time (folder-lock.ts); the mirror elsewhere has one too
 */
import { join } from 'node:path';

export function levelPath(store: string): string {
  return join(store, 'level');
}

export function mirrorPath(store: string): string {
  return join(store, 'mirror');
}

export function sealPath(store: string): string {
  return join(store, 'seal');
}

/** @param folder a store, or its mirror elsewhere */
export function lockPath(folder: string): string {
  return join(folder, 'lock');
}
