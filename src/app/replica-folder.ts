/**
 * The folder of database B. It holds nothing that the register does not have, so damage is mended
 * by throwing it away and taking a copy: at once where it is seen on opening; at the next start
 * where it is met later, which a mark in the folder asks for.
 */
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '#base/atomic-file.ts';
import { errorCode, errorMessage } from '#base/coded-error.ts';
import type { Log } from '#base/log.ts';
import { type LevelStore, openLevelStore } from '#store/level-store.ts';

const DAMAGED = 'damaged';

/** @throws StoreError as `openLevelStore`, but for damage */
export async function openReplicaFolder(folder: string, log: Log): Promise<LevelStore> {
  if (await isMarkedDamaged(folder)) {
    log.warn({ folder }, 'database B was damaged: it begins anew with a copy');
    await rm(folder, { recursive: true, force: true });
  }
  await mkdir(folder, { recursive: true });
  try {
    return await openLevelStore(folder);
  } catch (error) {
    if (errorCode(error) !== 'STORE_DAMAGED') throw error;
    const reason = errorMessage(error);
    log.error({ folder, reason }, 'database B is damaged: it begins anew with a copy');
    await rm(folder, { recursive: true, force: true });
    return openLevelStore(folder);
  }
}

/** Has the next start begin anew. @param reason for whoever looks into the folder */
export async function markReplicaDamaged(folder: string, reason: string): Promise<void> {
  await writeFileAtomic(join(folder, DAMAGED), `${reason}\n`);
}

async function isMarkedDamaged(folder: string): Promise<boolean> {
  try {
    await stat(join(folder, DAMAGED));
    return true;
  } catch {
    return false;
  }
}
