/**
 * A mirror goes along with its store: to a folder of its own on another disk, or beside a store
 * that was restored, as far as that store has come. What it has after that would be taken for the
 * end that the store lost, and made again.
 */
import { constants } from 'node:fs';
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFile, syncFolder } from '#base/atomic-file.ts';
import { silentLog } from '#base/log.ts';
import { listSegments, segmentPath } from './mirror-segment.ts';
import { WriteMirror } from './write-mirror.ts';

/**
 * The files that are there stay as they are; the copies are durable when it resolves.
 * @param to holds no mirror
 * @param last number of the newest batch that is wanted
 * @throws an error of the system
 */
export async function copyMirror(
  from: string,
  to: string,
  last = Number.POSITIVE_INFINITY,
): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const first of await listSegments(from)) {
    if (first > last) continue;
    // Shares the blocks where the file system can.
    await copyFile(segmentPath(from, first), segmentPath(to, first), constants.COPYFILE_FICLONE);
  }
  const copy = await WriteMirror.open(to, silentLog());
  await copy.cutAfter(last);
  await copy.close();
  for (const first of await listSegments(to)) await syncFile(segmentPath(to, first));
  await syncFolder(to);
}

/**
 * Removes a mirror as a whole: a process that is killed meanwhile must not leave some files, which
 * the next start would take for all that there is, and move over the copy.
 */
export async function removeMirror(folder: string): Promise<void> {
  const gone = `${folder}.gone`;
  await rm(gone, { recursive: true, force: true });
  await rename(folder, gone);
  await syncFolder(dirname(folder));
  await rm(gone, { recursive: true });
}
