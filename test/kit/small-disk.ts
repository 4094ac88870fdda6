/** A disk that is really full: a tmpfs of a few megabytes, which takes root to mount. */
import { spawnSync } from 'node:child_process';
import { mkdir, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './temporary-folder.ts';

/** Where a tmpfs is mounted, or `undefined` without the right to do so. */
export async function smallDisk(sizeMb = 4): Promise<string | undefined> {
  const disk = join(await temporaryFolder(), 'disk');
  await mkdir(disk);
  const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMb}m`, 'tmpfs', disk]);
  if (mount.status !== 0) {
    process.stderr.write('skipped: a full disk needs root, to mount a small tmpfs\n');
    return undefined;
  }
  onTestFinished(() => {
    spawnSync('umount', [disk]);
  });
  return disk;
}

/** Leaves a few kilobytes. */
export async function fillUp(disk: string, ballast: string): Promise<void> {
  const { bavail, bsize } = await statfs(disk);
  await writeFile(ballast, Buffer.alloc((bavail - 4) * bsize));
}
